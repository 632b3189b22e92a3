import { describe, expect, test } from '@jest/globals'
import { handshakeFrames, segmentFrame } from '../../support/packets.ts'
import { recordFlows } from '../../support/flow-recorder.ts'

/** Client bytes begin at 1001, server bytes at 5001. */
function client(offset: number, payload: string, flags = 'A', ack = 5001) {
  return segmentFrame('client', { flags, sequence: 1001 + offset, acknowledgement: ack, payload })
}
function server(offset: number, payload: string, flags = 'A', ack = 1001) {
  return segmentFrame('server', { flags, sequence: 5001 + offset, acknowledgement: ack, payload })
}
function feed(table: ReturnType<typeof recordFlows>['table'], frames: ReturnType<typeof client>[]) {
  for (const frame of frames) table.packet(frame)
}

describe('a connection seen whole', () => {
  test('is told in order from its first bytes to its end, with its facts', () => {
    const { table, story, flows } = recordFlows()
    feed(table, handshakeFrames(1_000_000))
    feed(table, [client(0, 'hello'), server(0, 'hi', 'A', 1006)])
    feed(table, [client(5, '', 'FA', 5003), server(2, '', 'FA', 1007), client(6, '', 'A', 5004)])
    expect(story).toEqual(['client: hello', 'server: hi', 'end fin'])
    expect(flows).toHaveLength(1)
    expect(flows[0]?.facts).toMatchObject({
      clientPort: 40000,
      serverPort: 443,
      roleKnown: true,
      synAt: 1_000_000,
      startedAt: 1_000_000,
      rttMs: 1,
      proven: true,
      directions: 'both',
      lostBytes: 0,
      bytesFromClient: 5,
      bytesFromServer: 2,
      vlanId: null,
      tunnel: null,
    })
  })
})
