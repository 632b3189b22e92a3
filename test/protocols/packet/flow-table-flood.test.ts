import { expect, test } from '@jest/globals'
import { createFlowTable } from '../../../protocols/packet/flow-table.ts'
import { handshakeFrames, segmentFrame } from '../../support/packets.ts'

const FLOOD = 1_000_000

test('a million half-open connections fit, and take nothing from one that proved itself', () => {
  const told: string[] = []
  let ends = 0
  const table = createFlowTable({
    open: (flow) => {
      if (flow.facts.clientPort !== 40_000) {
        return {
          data: () => undefined,
          gap: () => undefined,
          end: () => {
            ends += 1
          },
        }
      }
      return {
        data: (chunk) => told.push(Buffer.from(chunk.bytes).toString()),
        gap: () => told.push('gap'),
        end: (how) => told.push(how),
      }
    },
    limits: { maxFlows: FLOOD },
  })
  for (const frame of handshakeFrames(0)) table.packet(frame)
  const sent = { flags: 'A', acknowledgement: 5001 }
  table.packet(segmentFrame('client', { ...sent, sequence: 1001, payload: 'before ' }, 3000))

  const before = process.memoryUsage()
  const begun = process.cpuUsage()
  flood(table, FLOOD + 200_000)
  // Processor time: the machine may have other work.
  const seconds = process.cpuUsage(begun).user / 1e6
  const after = process.memoryUsage()
  const grown = after.rss - before.rss

  expect(table.size).toBe(FLOOD)
  expect(table.counters.flows.evictedHalfOpen).toBe(200_001)
  expect(ends).toBe(200_001)
  expect(grown / FLOOD).toBeLessThan(600)
  expect(seconds).toBeLessThan(8)

  table.packet(segmentFrame('client', { ...sent, sequence: 1008, payload: 'after' }, 2e6))
  expect(told).toEqual(['before ', 'after'])
  // Half a minute on, all the rest has expired by event time.
  table.advance(60e6)
  expect(table.size).toBe(1)
  expect(table.counters.flows.halfOpenExpired).toBe(FLOOD - 1)
}, 60_000)

/** SYNs of as many invented addresses, one a microsecond, in one frame that is written over. */
function flood(table: ReturnType<typeof createFlowTable>, count: number): void {
  const syn = segmentFrame('client', { flags: 'S', sourcePort: 50_000 })
  const bytes = Buffer.from(syn.bytes)
  for (let i = 0; i < count; i += 1) {
    bytes.writeUInt32BE(0x0a000000 + i, 26)
    table.packet({ ...syn, bytes, capturedAt: 5000 + i })
  }
}
