import { connectEventLog } from '../../../io/event-log/connect.ts'
import { EventLogError } from '../../../lib/event-log.ts'

/**
 * A member of group `g` on `alerts`. It holds its first batch until it is told `go` on its standard
 * input, then writes under its lease and commits, and says how either ended.
 */
const log = await connectEventLog({ socketPath: process.argv[2] ?? '' })
const say = (line: string): void => {
  process.stdout.write(`${line}\n`)
}
const outcomeOf = (effect: Promise<void>): Promise<string> =>
  effect.then(
    () => 'done',
    (error: unknown) => (error instanceof EventLogError ? error.code : String(error)),
  )
const options = { group: 'g', topics: ['alerts'] as const, signal: new AbortController().signal }
for await (const batch of log.consume(options)) {
  say(`holds ${batch.records.length}`)
  await new Promise((resolve) => process.stdin.once('data', resolve))
  const late = [{ key: 'k', value: Buffer.from('by the old holder'), timestampMs: 1 }]
  say(`append ${await outcomeOf(log.append('decisions', late, batch.lease))}`)
  say(`commit ${await outcomeOf(batch.commit())}`)
}
