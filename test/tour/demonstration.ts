import { join } from 'node:path'
import { readRecords } from '../../cli/backtest/read-records.ts'
import { addressText } from '../../lib/client-entity.ts'
import { isClientEvent, type ClientEvent } from '../../processors/client-fold/event-facts.ts'
import { type FoldOutput } from '../../processors/client-fold/fold-output.ts'
import { type Score } from '../../schemas/generated/records.ts'

const DEMO = join(import.meta.dirname, '../../corpus/demo')

/** In the demonstration (corpus/demo/demo.md), by program. */
export const CURL = '198.51.100.10'
export const SSLSCAN = '203.0.113.66'

/** The events of some clients of the demonstration, in the order of their times. */
export async function eventsOf(...clients: readonly string[]): Promise<ClientEvent[]> {
  const events: ClientEvent[] = []
  const read = readRecords(join(DEMO, 'demo.pcap.gz'), () => undefined)
  for await (const any of read) {
    if (!isClientEvent(any)) continue
    if (clients.includes(addressText(any.record.clientAddress))) events.push(any)
  }
  return events
}

/** The newest score of an address on TLS among what a fold gave out. */
export function scoreOf(outputs: readonly FoldOutput[], client: string): Score | undefined {
  return outputs
    .flatMap((output) => (output.kind === 'record' && output.type === 'Score' ? [output] : []))
    .map(({ record }) => record)
    .findLast(({ entity }) => entity === `ip:${client}#tls`)
}
