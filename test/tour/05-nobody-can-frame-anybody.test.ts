import { expect, test } from '@jest/globals'
import { join } from 'node:path'
import { PopulationTable } from '../../behaviour/population-table.ts'
import { readCaptureFile } from '../../io/capture/read-capture-file.ts'
import { parseAddress } from '../../lib/client-entity.ts'
import { type AnyRecord } from '../../lib/codec/codec.ts'
import { type ClientEvent } from '../../processors/client-fold/event-facts.ts'
import { ClientFold } from '../../processors/client-fold/client-fold.ts'
import { Lists } from '../../processors/client-fold/lists.ts'
import { createObserver } from '../../producers/observe.ts'
import { eventsOf, scoreOf, SSLSCAN } from './demonstration.ts'

/**
 * Chapter 5. Anybody can write anybody's address on a packet. What such packets say must never count
 * against the one whose address it is: an event moves a score only when the client was proven to be at its
 * address, because it acknowledged a sequence number which only the server's answer could have told it.
 */
const VICTIM = '198.51.100.99'
const SERVER = Buffer.from([10, 77, 0, 1])

/** What a tap says of a curl request when the frames that `drop` names never came by. */
async function observed(drop: (source: Buffer) => boolean): Promise<readonly AnyRecord[]> {
  const observer = createObserver({ sensor: 'tap-1', site: 'here', source: 'tap' })
  const capture = join(import.meta.dirname, '../fixtures/tls/curl-openssl.pcap')
  for await (const item of readCaptureFile(capture)) {
    if (item.kind !== 'frames') continue
    for (const frame of item.frames) {
      // Ethernet, IPv4: the source address is at byte 26.
      if (!drop(Buffer.from(frame.bytes.subarray(26, 30)))) observer.packet(frame)
    }
  }
  observer.end(Date.UTC(2027, 0) * 1000)
  return observer.take()
}

test('a hello is proven by an acknowledgement of what the server sent, and by nothing else', async () => {
  const provenOf = (records: readonly AnyRecord[]): unknown =>
    records.flatMap((any) => (any.type === 'TlsHello' ? [any.record.handshakeProven] : []))
  expect(provenOf(await observed(() => false))).toEqual([true])
  // A forger sends the client's packets alone: the server's answers go to the victim, or nowhere.
  expect(provenOf(await observed((source) => source.equals(SERVER)))).toEqual([false])
})

test('all of sslscan in the name of a victim moves no score', async () => {
  const clientAddress = parseAddress(VICTIM) ?? new Uint8Array(16)
  const forge = (event: ClientEvent, handshakeProven: boolean): ClientEvent =>
    ({ ...event, record: { ...event.record, clientAddress, handshakeProven } }) as ClientEvent
  const scan = (await eventsOf(SSLSCAN)).filter(({ type }) => type === 'TlsHello')
  const newFold = () => new ClientFold({ population: new PopulationTable(), lists: new Lists() })

  const proven = newFold()
  const scanned = scan.flatMap((event) => proven.step(forge(event, true)))
  expect(scoreOf(scanned, VICTIM)).toMatchObject({ band: 'critical' })

  const fold = newFold()
  const outputs = scan.flatMap((event) => fold.step(forge(event, false)))
  expect(scoreOf(outputs, VICTIM)).toBeUndefined()
  expect(fold.sizes).toMatchObject({ clients: 0, pairs: 0 })
  expect(fold.unmoved.get('unproven')).toBe(scan.length)
  // The population is told that such hellos exist, a bounded number of them and marked as unproven.
  const told = outputs.map((output) => (output.kind === 'record' ? output.record : undefined))
  expect(told[0]).toMatchObject({ kind: 'fp', verdict: 'seen', proven: false })
})
