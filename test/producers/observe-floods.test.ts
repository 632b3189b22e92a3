import { describe, expect, test } from '@jest/globals'
import { type AnyRecord } from '../../lib/codec/codec.ts'
import { createObserver, type Observer } from '../../producers/observe.ts'
import { type Frame } from '../../protocols/packet/frame.ts'
import { ENDS, type Ends, handshakeFrames, segmentFrame } from '../support/packets.ts'

const START = 1_700_000_000_000_000
const NUISANCES = {
  perClient: { perSecond: 1, burst: 10 },
  overall: { perSecond: 1, burst: 100 },
  maxClients: 64,
}

function observer(): Observer {
  const about = { sensor: 'tap-1', site: 'lab', source: 'tap' } as const
  return createObserver({ ...about, limits: { nuisances: NUISANCES } })
}

function play(frames: Iterable<Frame>, watcher: Observer): AnyRecord[] {
  for (const frame of frames) watcher.packet(frame)
  watcher.advance(START + 3600e6)
  watcher.advance(START + 3601e6)
  return watcher.take()
}

function ends(n: number, serverPort: number): Ends {
  return { ...ENDS, clientPort: 1024 + n, serverPort }
}

/** Handshake, then a reset by the client. */
function resetAtOnce(n: number, serverPort: number): Frame[] {
  const reset = { flags: 'RA', sequence: 1001, acknowledgement: 5001 }
  const at = START + n * 100
  const between = ends(n, serverPort)
  return [...handshakeFrames(at, between), segmentFrame('client', reset, at + 50, between)]
}

/** SYN, SYN-ACK, RST: what a half-open port scan sends. */
function synScan(n: number, serverPort: number): Frame[] {
  const [syn, synAck] = handshakeFrames(START + n * 100, ends(n, serverPort))
  if (syn === undefined || synAck === undefined) throw new Error('no handshake')
  const reset = { flags: 'R', sequence: 1001 }
  return [syn, synAck, segmentFrame('client', reset, START + n * 100 + 50, ends(n, serverPort))]
}

const thousand = Array.from({ length: 1000 }, (_, n) => n)

describe('a connection reset at once', () => {
  test('to a port of SSH is half-open', () => {
    const records = play(resetAtOnce(1, 22), observer())
    expect(records.map(({ type }) => type)).toEqual(['SshConnection', 'SshSession'])
    expect(records[0]?.record).toMatchObject({ stage: 'half-open', handshakeProven: true })
  })

  test('is told of by rate when a client floods, and counted beyond', () => {
    const watcher = observer()
    const frames = thousand.flatMap((n) => resetAtOnce(n, 22))
    const records = play(frames, watcher).filter(({ type }) => type === 'SshConnection')
    expect(records).toHaveLength(10)
    expect(watcher.counters.observed.ignored.flood).toBe(990)
  })
})

describe('a scan', () => {
  test('that never completes a handshake is no finding, however large', () => {
    const watcher = observer()
    const frames = thousand.flatMap((n) => [...synScan(n, 22), ...synScan(n, 443)])
    expect(play(frames, watcher)).toEqual([])
    expect(watcher.counters.observed.ignored.empty).toBe(2000)
  })

  test('of SYNs that nobody answers makes no record and is forgotten', () => {
    const watcher = observer()
    const syns = thousand.flatMap((n) => handshakeFrames(START + n * 100, ends(n, 22)).slice(0, 1))
    expect(play(syns, watcher)).toEqual([])
    expect(watcher.openFlows).toBe(0)
  })
})

describe('a client that speaks something else to a port of TLS', () => {
  const request = 'GET / HTTP/1.1\r\nHost: example.test\r\n\r\n'
  const http = (n: number): Frame[] => {
    const between = ends(n, 443)
    const at = START + n * 100
    const sent = { flags: 'PA', sequence: 1001, acknowledgement: 5001, payload: request }
    const reset = { flags: 'R', sequence: 5001 }
    return [
      ...handshakeFrames(at, between),
      segmentFrame('client', sent, at + 30, between),
      segmentFrame('server', reset, at + 60, between),
    ]
  }

  test('is one dead letter with its first bytes', () => {
    const records = play(http(1), observer())
    expect(records).toMatchObject([
      { type: 'DeadLetter', record: { code: 'tls-not-tls', length: request.length } },
    ])
  })

  test('is told of by rate when it floods', () => {
    const watcher = observer()
    expect(play(thousand.flatMap(http), watcher)).toHaveLength(10)
    expect(watcher.counters.observed.ignored.flood).toBe(990)
  })
})
