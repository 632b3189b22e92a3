import { PlatformaticClient } from '../../../io/event-log/kafka/platformatic/platformatic-client.ts'
import { openKafkaLog } from '../../../io/event-log/kafka/kafka-log.ts'
import { EventLogError } from '../../../lib/event-log.ts'
import { connectionTo } from './kafka-connection.ts'

/**
 * A member of group `g` on `alerts`, as holder-process.ts is of the embedded log: holds its first batch until
 * told `go`, then writes under its lease and commits, and says how either ended. Argument: brokers and prefix.
 */
const [brokers = '', prefix = ''] = (process.argv[2] ?? '').split(' ')
const log = await openKafkaLog(new PlatformaticClient(connectionTo(brokers)), prefix)
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
