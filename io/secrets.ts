import { createHmac, randomBytes } from 'node:crypto'
import {
  chmodSync,
  closeSync,
  linkSync,
  mkdirSync,
  openSync,
  readFileSync,
  renameSync,
  statSync,
  unlinkSync,
  writeSync,
} from 'node:fs'
import { join } from 'node:path'
import { z } from 'zod'

const Secret = z.string().regex(/^[0-9a-f]{64}$/)
const Secrets = z.strictObject({
  /** Names the set: what was hashed with it can only be compared with what was hashed with it too. */
  keyId: z.string(),
  /** Password of the embedded ClickHouse's writing account. */
  clickhousePassword: Secret,
  /** Key of hashed user names that exist on no host. */
  nameKey: Secret,
  /** Key of sketches and of whatever else must not be predictable from outside. */
  sketchKey: Secret,
  /** Key of pseudonymous addresses. */
  addressKey: Secret,
})

export type Secrets = z.infer<typeof Secrets>

/**
 * The secrets of an installation, in one 0600 file of its data folder. Made at the first start; several
 * services may start at once, and all read what the first one made.
 */
export function openSecrets(dataDir: string): Secrets {
  mkdirSync(dataDir, { recursive: true })
  const file = join(dataDir, 'secrets.json')
  const existing = read(file)
  if (existing !== undefined) return existing
  const fresh = JSON.stringify({
    keyId: randomBytes(4).toString('hex'),
    clickhousePassword: randomBytes(32).toString('hex'),
    nameKey: randomBytes(32).toString('hex'),
    sketchKey: randomBytes(32).toString('hex'),
    addressKey: randomBytes(32).toString('hex'),
  } satisfies Secrets)
  const draft = drafted(file, fresh)
  try {
    linkSync(draft, file)
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && error.code === 'EEXIST')) throw error
  } finally {
    unlinkSync(draft)
  }
  const made = read(file)
  if (made === undefined) throw new Error(`secrets file ${file} vanished while it was made`)
  return made
}

function read(file: string): Secrets | undefined {
  let text: string
  try {
    text = readFileSync(file, 'utf8')
  } catch (error) {
    if (typeof error === 'object' && error !== null && 'code' in error && error.code === 'ENOENT') {
      return undefined
    }
    throw error
  }
  if ((statSync(file).mode & 0o077) !== 0) chmodSync(file, 0o600)
  const parsed = Secrets.safeParse(withAddressKey(file, JSON.parse(text)))
  if (!parsed.success)
    throw new Error(`secrets file ${file} is not as it was made: restore it from a backup`)
  return parsed.data
}

/**
 * Files of before pseudonyms have no addressKey: it is added, made of another key, so that services
 * which add it at the same time add the same.
 */
function withAddressKey(file: string, json: unknown): unknown {
  const older = Secrets.omit({ addressKey: true }).safeParse(json)
  if (!older.success) return json
  const addressKey = createHmac('sha256', older.data.sketchKey).update('addressKey').digest('hex')
  const completed: Secrets = { ...older.data, addressKey }
  renameSync(drafted(file, JSON.stringify(completed)), file)
  return completed
}

function drafted(file: string, text: string): string {
  const draft = `${file}.${process.pid}`
  const handle = openSync(draft, 'w', 0o600)
  writeSync(handle, text)
  closeSync(handle)
  return draft
}
