import { randomUUID } from 'node:crypto'
import { z } from 'zod'

const Shared = z.union([
  z.object({ absent: z.string() }),
  z.object({
    version: z.string(),
    brokers: z.string(),
    secure: z.object({
      brokers: z.string(),
      ca: z.string(),
      user: z.string(),
      password: z.string(),
    }),
  }),
])

/** The broker that all tests of a run share; each keeps to topics and groups with a prefix of its own. */
export type SharedBroker = Exclude<z.infer<typeof Shared>, { absent: string }>

/**
 * The shared broker, started by the first who asks. Undefined where there is no Java or no Maven Central,
 * which is said on stderr; under CI=true it throws instead.
 */
export async function sharedBroker(): Promise<SharedBroker | undefined> {
  const answer = await fetch(process.env['VESTIBULE_TEST_BROKER'] ?? '')
  const text = await answer.text()
  const shared = answer.ok ? Shared.parse(JSON.parse(text)) : { absent: text }
  if (!('absent' in shared)) return shared
  if (process.env['CI'] === 'true') throw new Error(shared.absent)
  process.stderr.write(`tests with Kafka left out: ${shared.absent}\n`)
  return undefined
}

/**
 * Topics and groups that no other test uses, whichever file and process it is in: a counter in this module
 * begins anew in every file, and files take turns in one process.
 */
export function freshPrefix(): string {
  return `t${randomUUID().slice(0, 13)}-`
}
