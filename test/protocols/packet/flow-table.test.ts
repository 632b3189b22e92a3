import { describe, expect, test } from '@jest/globals'
import fc from 'fast-check'
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

describe('the order of segments does not matter', () => {
  test('reordered, repeated and overlapping segments give the same bytes once', () => {
    const { table, story } = recordFlows()
    feed(table, handshakeFrames(0))
    feed(table, [client(6, 'ghij'), client(3, 'def'), client(0, 'abcd'), client(0, 'abcd')])
    feed(table, [client(2, 'cdefghijkl')])
    expect(story.join('').replaceAll('client: ', '')).toBe('abcdefghijkl')
    expect(table.streams.conflicts).toBe(0)
    expect(table.streams.held).toBe(4096)
  })

  test('what came first wins over what contradicts it, before and after delivery', () => {
    const { table, story } = recordFlows()
    feed(table, handshakeFrames(0))
    feed(table, [client(3, 'DEF'), client(3, 'xyz'), client(0, 'ABC'), client(1, 'bc')])
    expect(story).toEqual(['client: ABC', 'client: DEF'])
    expect(table.streams.conflicts).toBe(2)
  })

  test('sequence numbers wrap', () => {
    const { table, story } = recordFlows()
    feed(table, handshakeFrames(0, undefined, -3, 5000))
    const at = (offset: number, payload: string) =>
      segmentFrame('client', { sequence: -2 + offset, acknowledgement: 5001, payload })
    feed(table, [at(5, 'fgh'), at(0, 'abcde')])
    expect(story).toEqual(['client: abcde', 'client: fgh'])
  })

  test('any cutting, order and repetition of a stream gives the stream', () => {
    const text = 'The quick brown fox jumps over the lazy dog, twice if it must. '.repeat(3)
    const pieces = fc.array(fc.tuple(fc.nat(text.length - 1), fc.integer({ min: 1, max: 40 })), {
      maxLength: 40,
    })
    const wrap = fc.constantFrom(1000, -40, 0x7fffffff - 30)
    fc.assert(
      fc.property(
        pieces,
        wrap,
        fc.array(fc.nat(1000), { minLength: 64, maxLength: 64 }),
        (extra, isn, dice) => {
          const all = [...extra]
          for (let at = 0; at < text.length; at += 17) all.push([at, 17])
          const shuffled = all
            .map((piece, i) => ({ piece, key: dice[i] ?? 0 }))
            .sort((a, b) => a.key - b.key)
          const { table, story } = recordFlows()
          feed(table, handshakeFrames(0, undefined, isn, 5000))
          for (const { piece } of shuffled) {
            const [at, length] = piece
            const payload = text.slice(at, at + length)
            const sequence = isn + 1 + at
            table.packet(segmentFrame('client', { sequence, acknowledgement: 5001, payload }))
          }
          expect(story.map((line) => line.slice('client: '.length)).join('')).toBe(text)
          expect(table.streams.conflicts).toBe(0)
        },
      ),
      { numRuns: 300 },
    )
  })
})

describe('what is missing is said', () => {
  test('when the receiver has acknowledged it and later bytes wait', () => {
    const { table, story, flows } = recordFlows()
    feed(table, handshakeFrames(0))
    feed(table, [client(10, 'later'), server(0, '', 'A', 1016)])
    expect(story).toEqual(['client lost 10', 'client: later'])
    expect(flows[0]?.facts.lostBytes).toBe(10)
    expect(flows[0]?.facts.bytesFromClient).toBe(15)
  })

  test('when too much waits behind it', () => {
    const { table, story } = recordFlows({ limits: { maxBytesPerStream: 400 } })
    feed(table, handshakeFrames(0))
    for (let i = 1; i <= 5; i += 1) table.packet(client(i * 100, 'x'.repeat(100)))
    expect(story[0]).toBe('client lost 100')
    expect(table.streams.forcedGaps).toBe(1)
    expect(table.counters.flows.opened).toBe(1)
  })

  test('when the snapshot length cut a segment', () => {
    const { table, story } = recordFlows()
    feed(table, handshakeFrames(0))
    const whole = client(0, 'abcdefgh')
    table.packet({ ...whole, bytes: whole.bytes.subarray(0, whole.bytes.length - 3) })
    table.packet(client(8, 'ij'))
    expect(story).toEqual(['client: abcde', 'client lost 3', 'client: ij'])
  })

  test('at the end, and a tail that was acknowledged and never seen', () => {
    const { table, story } = recordFlows()
    feed(table, handshakeFrames(0))
    feed(table, [client(4, 'late')])
    table.end(9)
    expect(story).toEqual(['client lost 4', 'client: late', 'end capture-end'])
  })

  test('a FIN that tells of bytes never captured ends the connection once it is acknowledged', () => {
    const { table, story } = recordFlows()
    feed(table, handshakeFrames(0))
    feed(table, [client(0, 'abc'), client(8, '', 'FA'), server(0, '', 'FA', 1010)])
    feed(table, [client(9, '', 'A', 5002)])
    expect(story).toEqual(['client: abc', 'client lost 5', 'end fin'])
  })
})

describe('roles', () => {
  test('are guessed from the ports in mid-stream, and may be swapped', () => {
    const { table, story, flows } = recordFlows()
    feed(table, [server(0, 'a'), client(0, 'b')])
    expect(flows[0]?.facts).toMatchObject({ roleKnown: false, serverPort: 443, synAt: null })
    flows[0]?.swapRoles()
    expect(flows[0]?.facts.serverPort).toBe(40_000)
    table.packet(client(1, 'c'))
    expect(story).toEqual(['server: a', 'client: b', 'server: c'])
  })

  test('follow the ports that are said to be servers', () => {
    const { table, flows } = recordFlows({ serverPorts: new Set([40_000]) })
    table.packet(client(0, 'b'))
    expect(flows[0]?.facts.serverPort).toBe(40_000)
  })

  test('are known from a SYN that comes after the first bytes, and then cannot be swapped', () => {
    const { table, flows } = recordFlows({ serverPorts: new Set([40_000]) })
    feed(table, [client(0, 'x'), segmentFrame('client', { flags: 'S', sequence: 1000 }, 7)])
    flows[0]?.swapRoles()
    expect(flows[0]?.facts).toMatchObject({ roleKnown: true, serverPort: 443, synAt: 7 })
  })

  test('are known from a SYN-ACK alone', () => {
    const { table, flows } = recordFlows({ serverPorts: new Set([40_000]) })
    const synAck = { flags: 'SA', sequence: 5000, acknowledgement: 1001 }
    feed(table, [segmentFrame('server', synAck, 10), client(0, 'x')])
    expect(flows[0]?.facts).toMatchObject({ roleKnown: true, serverPort: 443, proven: true })
  })
})

describe('proof that a client is where it says', () => {
  test('is its acknowledgement of what the server really sent, and nothing else', () => {
    const syn = segmentFrame('client', { flags: 'S', sequence: 1000 })
    const synAck = { flags: 'SA', sequence: 5000, acknowledgement: 1001 }
    const spoofed = recordFlows()
    feed(spoofed.table, [syn, segmentFrame('server', synAck), client(0, 'hello', 'A', 9999)])
    expect(spoofed.flows[0]?.facts.proven).toBe(false)
    const oneSided = recordFlows()
    feed(oneSided.table, [syn, client(0, 'hello')])
    expect(oneSided.flows[0]?.facts).toMatchObject({ proven: false, directions: 'client' })
    const real = recordFlows()
    feed(real.table, [syn, segmentFrame('server', synAck), client(0, 'hello')])
    expect(real.flows[0]?.facts).toMatchObject({ proven: true, directions: 'both' })
  })

  test('can come in mid-stream, from acknowledged server bytes', () => {
    const { table, flows } = recordFlows()
    feed(table, [server(0, 'banner'), client(0, 'x', 'A', 5001)])
    expect(flows[0]?.facts.proven).toBe(false)
    table.packet(client(1, 'y', 'A', 5007))
    expect(flows[0]?.facts.proven).toBe(true)
  })
})

describe('how connections end', () => {
  test('RST is believed inside what was sent, and ignored elsewhere', () => {
    const { table, story } = recordFlows()
    feed(table, handshakeFrames(0))
    feed(table, [client(0, 'abc'), server(7000, '', 'R')])
    expect(story).toEqual(['client: abc'])
    expect(table.counters.packets.badReset).toBe(1)
    feed(table, [server(0, '', 'R'), server(0, 'late')])
    expect(story).toEqual(['client: abc', 'end reset'])
    expect(table.counters.packets.late).toBe(1)
  })

  test('a refused connection is told as one, without payload', () => {
    const { table, story, flows } = recordFlows()
    table.packet(segmentFrame('client', { flags: 'S', sequence: 1000 }, 5))
    table.packet(segmentFrame('server', { flags: 'RA', sequence: 0, acknowledgement: 1001 }, 9))
    expect(story).toEqual(['end reset'])
    expect(flows[0]?.facts).toMatchObject({ directions: 'both', synAt: 5, bytesFromClient: 0 })
  })

  test('half-open ones earlier than established ones, by event time', () => {
    const { table, story } = recordFlows()
    table.packet(segmentFrame('client', { flags: 'S', sequence: 1, sourcePort: 5 }, 0))
    feed(table, handshakeFrames(0))
    table.packet(client(0, 'x'))
    table.advance(31e6)
    expect(story).toEqual(['client: x', 'end silent'])
    expect(table.counters.flows.halfOpenExpired).toBe(1)
    table.advance(302e6)
    expect(table.counters.flows.idle).toBe(1)
    expect(table.size).toBe(0)
  })

  test('one frame with a clock gone wrong expires nothing', () => {
    const { table, story } = recordFlows()
    feed(table, handshakeFrames(0))
    table.packet(client(0, 'a'))
    table.packet(segmentFrame('client', { flags: 'S', sourcePort: 9 }, 1e15))
    table.packet(client(1, 'b'))
    expect(story).toEqual(['client: a', 'client: b'])
  })

  test('a reused port ends the old connection: at once when it was unproven', () => {
    const { table, story, flows } = recordFlows()
    feed(table, [client(0, 'old')])
    feed(table, handshakeFrames(10, undefined, 90_000, 80_000))
    table.packet(
      segmentFrame('client', { sequence: 90_001, acknowledgement: 80_001, payload: 'new' }),
    )
    expect(story).toEqual(['client: old', 'end silent', 'client: new'])
    expect(flows).toHaveLength(2)
    expect(table.counters.flows.replaced).toBe(1)
  })

  test('a SYN alone does not end a live connection; the answer to it does', () => {
    const { table, story, flows } = recordFlows()
    feed(table, handshakeFrames(0))
    feed(table, [client(0, 'a'), segmentFrame('client', { flags: 'S', sequence: 70_000 }, 50)])
    table.packet(client(1, 'b'))
    expect(story).toEqual(['client: a', 'client: b'])
    const synAck = { flags: 'SA', sequence: 60_000, acknowledgement: 70_001 }
    table.packet(segmentFrame('server', synAck, 60))
    table.packet(
      segmentFrame('client', { sequence: 70_001, acknowledgement: 60_001, payload: 'c' }, 70),
    )
    expect(story).toEqual(['client: a', 'client: b', 'end silent', 'client: c'])
    expect(flows[1]?.facts).toMatchObject({ roleKnown: true, proven: true, synAt: 50 })
  })
})

describe('bytes on a SYN (TCP Fast Open)', () => {
  const syn = segmentFrame('client', { flags: 'S', sequence: 1000, payload: 'early' })
  const synAck = (acknowledgement: number) =>
    segmentFrame('server', { flags: 'SA', sequence: 5000, acknowledgement })

  test('are delivered when the server took them', () => {
    const { table, story } = recordFlows()
    feed(table, [syn, synAck(1006), client(5, ' more')])
    expect(story).toEqual(['client: early', 'client:  more'])
  })

  test('do not count twice when the server did not', () => {
    const { table, story, flows } = recordFlows()
    feed(table, [syn, synAck(1001)])
    expect(story).toEqual([])
    feed(table, [client(0, 'early'), client(5, ' more')])
    expect(story).toEqual(['client: early', 'client:  more'])
    expect(flows[0]?.facts.bytesFromClient).toBe(10)
    expect(table.counters.packets.refusedSynData).toBe(1)
  })

  test('are judged by what the client sends next when no SYN-ACK was captured', () => {
    const taken = recordFlows()
    feed(taken.table, [syn, client(5, ' more')])
    expect(taken.story).toEqual(['client: early', 'client:  more'])
    const refused = recordFlows()
    feed(refused.table, [syn, client(0, 'EARLY')])
    expect(refused.story).toEqual(['client: EARLY'])
  })

  test('are told at the end of a connection that was never answered', () => {
    const { table, story, flows } = recordFlows()
    table.packet(syn)
    table.end(1)
    expect(story).toEqual(['client: early', 'end capture-end'])
    expect(flows[0]?.facts.proven).toBe(false)
  })
})

describe('bounds', () => {
  test('a full table gives up half-open connections first, then those that proved nothing', () => {
    const { table, story } = recordFlows({ limits: { maxFlows: 2 } })
    feed(table, handshakeFrames(0))
    table.packet(client(0, 'kept'))
    for (let port = 1; port < 5; port += 1) {
      table.packet(segmentFrame('client', { flags: 'S', sourcePort: port }))
    }
    table.packet(client(4, ' still'))
    expect(table.size).toBe(2)
    expect(table.counters.flows.evictedHalfOpen).toBe(3)
    expect(story.filter((line) => line.startsWith('client'))).toEqual([
      'client: kept',
      'client:  still',
    ])
  })

  test('bytes waiting are bounded over all connections', () => {
    const { table } = recordFlows({ limits: { maxBytes: 10_000, historyBytes: 100 } })
    for (let port = 1; port < 200; port += 1) {
      const from = { sourcePort: port, acknowledgement: 1 }
      table.packet(segmentFrame('client', { ...from, sequence: 1, payload: 'x' }))
      table.packet(segmentFrame('client', { ...from, sequence: 500, payload: 'y'.repeat(400) }))
    }
    expect(table.streams.held).toBeLessThanOrEqual(10_500)
    table.end(0)
    expect(table.streams.held).toBe(0)
  })

  test('who ignores the payload hears no more of it, and the bytes go on being counted', () => {
    const { table, story, flows } = recordFlows()
    feed(table, handshakeFrames(0))
    table.packet(client(0, 'hello'))
    flows[0]?.ignorePayload()
    feed(table, [client(5, 'secret'), server(0, 'more'), client(11, '', 'FA', 5005)])
    feed(table, [server(4, '', 'FA', 1013)])
    expect(story).toEqual(['client: hello', 'end fin'])
    expect(flows[0]?.facts).toMatchObject({ bytesFromClient: 11, bytesFromServer: 4 })
  })

  test('a connection nobody wants costs no object and is not offered again', () => {
    let offers = 0
    const { table } = recordFlows({
      open: () => {
        offers += 1
        return undefined
      },
    })
    feed(table, handshakeFrames(0))
    feed(table, [
      client(0, 'a'),
      server(0, 'b'),
      client(1, '', 'FA', 5002),
      server(1, '', 'FA', 1003),
    ])
    expect(offers).toBe(1)
    expect(table.counters.flows.finished).toBe(1)
  })

  test('a handler that is fed nonsense is fed in order, and nothing throws', () => {
    const side = fc.constantFrom('client' as const, 'server' as const)
    const number = fc.oneof(fc.integer({ min: 995, max: 1100 }), fc.integer())
    const segment = fc.record({
      from: side,
      flags: fc.constantFrom('S', 'SA', 'A', 'FA', 'R', 'RA', 'SF', ''),
      sequence: number,
      acknowledgement: number,
      payload: fc.string({ maxLength: 30 }),
      at: fc.nat(400e6),
    })
    fc.assert(
      fc.property(fc.array(segment, { maxLength: 60 }), (segments) => {
        const { table, story } = recordFlows({ limits: { maxBytesPerStream: 300, maxFlows: 3 } })
        for (const { from, at, ...fields } of segments) {
          table.packet(segmentFrame(from, fields, at))
        }
        table.end(0)
        expect(table.streams.held).toBe(0)
        expect(story.filter((line) => line.startsWith('end')).length).toBe(
          table.counters.flows.opened,
        )
      }),
      { numRuns: 500 },
    )
  })
})
