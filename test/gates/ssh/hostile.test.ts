import { describe, expect, test } from '@jest/globals'
import fc from 'fast-check'
import { CircuitBreaker } from '../../../gates/ssh/circuit-breaker.ts'
import { cutClearPacket, LONGEST_CLEAR_PACKET } from '../../../gates/ssh/clear-packet.ts'
import { readClientIdentification } from '../../../gates/ssh/client-identification.ts'
import { type GateCommand, type GateEvent } from '../../../gates/ssh/gate-events.ts'
import { GatedConnection, type GateSettings } from '../../../gates/ssh/gated-connection.ts'
import { HalfOpen } from '../../../gates/ssh/half-open.ts'
import { DEFAULT_PENALTIES, Penalties, penaltySource } from '../../../gates/ssh/penalties.ts'
import { framePacket } from '../../../protocols/ssh/packet-writer.ts'
import { CLIENT_LISTS, kexInitPayload } from '../../support/ssh-bytes.ts'

const bytes = (max: number): fc.Arbitrary<Uint8Array> => fc.uint8Array({ maxLength: max })

describe('packets before the key exchange', () => {
  test('any bytes are a packet, the beginning of one, or refused; and never reach beyond themselves', () => {
    fc.assert(
      fc.property(bytes(300), (input) => {
        const cut = cutClearPacket(input)
        if (cut.kind !== 'packet') return
        expect(cut.next).toBeLessThanOrEqual(input.length)
        expect(cut.payload.length).toBeGreaterThan(0)
        expect(cut.payload.length).toBeLessThan(cut.next)
      }),
    )
  })

  test('what was framed is cut again, wherever it comes in two, and all that comes before it is incomplete', () => {
    fc.assert(
      fc.property(
        fc.uint8Array({ minLength: 1, maxLength: 2_000 }),
        fc.nat(),
        bytes(64),
        (payload, at, more) => {
          const packet = framePacket(payload)
          const cut = cutClearPacket(Buffer.concat([packet, more]))
          expect(cut).toMatchObject({ kind: 'packet', type: payload[0], next: packet.length })
          expect(
            cut.kind === 'packet' && Buffer.from(cut.payload).equals(Buffer.from(payload)),
          ).toBe(true)
          expect(cutClearPacket(packet.subarray(0, at % packet.length)).kind).toBe('incomplete')
        },
      ),
    )
  })

  test.each([
    ['no bytes at all', '00000000', 'bad-packet-length'],
    ['a length of 35,001 and more', '000088b9', 'bad-packet-length'],
    ['the longest length there is', 'ffffffff', 'bad-packet-length'],
    ['no whole blocks', '0000000d', 'bad-packet-length'],
    ['three bytes of padding', '0000000c03', 'bad-padding'],
    ['padding that leaves no payload', '0000000c0b', 'bad-padding'],
  ])('%s is refused from the header', (_name, hex, code) => {
    expect(cutClearPacket(Buffer.from(hex, 'hex'))).toEqual({ kind: 'refused', code })
  })

  test('any line is an identification, the beginning of one, or refused', () => {
    fc.assert(
      fc.property(bytes(400), fc.boolean(), (input, ssh) => {
        const line = ssh ? Buffer.concat([Buffer.from('SSH-2.0-'), input]) : input
        const read = readClientIdentification(line)
        if (read.kind === 'identified') expect(read.next).toBeLessThanOrEqual(255)
        if (read.kind === 'incomplete') expect(line.length).toBeLessThan(255)
      }),
    )
  })
})

const SETTINGS: GateSettings = {
  ...{ serverIdentification: 'SSH-2.0-x', advert: undefined, keys: undefined },
  ...{ handshakeMs: 1_000, hasStepUp: true, noStepUpBrakeMs: 10 },
}
const OPENING = Buffer.concat([
  Buffer.from('SSH-2.0-client\r\n'),
  framePacket(kexInitPayload({ lists: CLIENT_LISTS })),
])

describe('one connection, whatever comes', () => {
  const event: fc.Arbitrary<GateEvent> = fc.oneof(
    { arbitrary: bytes(200).map((input) => ({ kind: 'bytes', bytes: input }) as const), weight: 3 },
    { arbitrary: fc.constant({ kind: 'bytes', bytes: OPENING } as const), weight: 2 },
    bytes(40).map(
      (payload) =>
        ({
          kind: 'bytes',
          bytes: framePacket(Buffer.concat([Buffer.from([192]), payload])),
        }) as const,
    ),
    fc.constantFrom<GateEvent>(
      { kind: 'timer', timer: 'handshake' },
      { kind: 'timer', timer: 'challenge' },
      { kind: 'timer', timer: 'brake' },
      { kind: 'client-left' },
      { kind: 'open-failed' },
    ),
  )

  test('nothing opens a server without a decision, nothing is said after the end, and nothing throws', () => {
    fc.assert(
      fc.property(fc.array(event, { maxLength: 20 }), (events) => {
        const machine = new GatedConnection(SETTINGS)
        const commands: GateCommand[] = [...machine.start()]
        for (const [n, one] of events.entries()) commands.push(...machine.on(one, n))
        const kinds = commands.map(({ kind }) => kind)
        expect(kinds).not.toContain('open')
        const end = kinds.indexOf('end')
        if (end >= 0) expect(kinds.slice(end + 1)).toEqual([])
        expect(kinds.filter((kind) => kind === 'ask').length).toBeLessThanOrEqual(1)
      }),
      { numRuns: 500 },
    )
  })

  test('a client that says nothing of use keeps no more than one packet', () => {
    const machine = new GatedConnection(SETTINGS)
    machine.start()
    const chunk = new Uint8Array(1_000)
    chunk.set(Buffer.from('SSH-2.0-x\r\n'))
    new DataView(chunk.buffer).setUint32(11, 34_996)
    chunk[15] = 4
    let taken = 0
    let ended = false
    for (; !ended && taken < 200_000; taken += 1_000) {
      ended = machine
        .on({ kind: 'bytes', bytes: taken === 0 ? chunk : new Uint8Array(1_000) }, 1)
        .some(({ kind }) => kind === 'end')
    }
    expect(ended).toBe(true)
    expect(taken).toBeLessThan(LONGEST_CLEAR_PACKET + 8_000)
  })
})

describe('penalties', () => {
  const SOURCE = penaltySource(Buffer.from('00000000000000000000ffffc0000201', 'hex'))

  test('three failed logins gather 15 s: refused for that long, the next time for twice as long', () => {
    const penalties = new Penalties(DEFAULT_PENALTIES)
    const fails = (at: number): boolean[] =>
      [0, 1, 2].map(() => penalties.add(SOURCE, 'authfail', at))
    expect(fails(0)).toEqual([false, false, true])
    expect([penalties.refusedFor(SOURCE, 10), penalties.refusedFor(SOURCE, 15_001)]).toEqual([
      15, 0,
    ])
    fails(20_000)
    expect(penalties.refusedFor(SOURCE, 20_010)).toBe(30)
  })

  test('never longer than the most, never more sources than there is room for, whatever happens', () => {
    const settings = { ...DEFAULT_PENALTIES, maxSources: 50 }
    const kinds = fc.constantFrom(
      'crash',
      'authfail',
      'invaliduser',
      'noauth',
      'grace-exceeded',
      'refuseconnection',
    )
    const step = fc.record({
      source: fc.integer({ min: 0, max: 99 }),
      kind: kinds,
      ms: fc.nat(60_000),
    })
    fc.assert(
      fc.property(fc.array(step, { maxLength: 300 }), (steps) => {
        const penalties = new Penalties(settings)
        let now = 0
        for (const { source, kind, ms } of steps) {
          now += ms
          penalties.add(String(source), kind, now)
          expect(penalties.refusedFor(String(source), now)).toBeLessThanOrEqual(600)
          expect(penalties.size).toBeLessThanOrEqual(50)
        }
      }),
    )
  })

  test('an IPv6 /64 is one source, an IPv4 address another', () => {
    const six = (last: string): string =>
      penaltySource(Buffer.from(`20010db8000000010000000000000${last}`, 'hex'))
    expect(six('001')).toBe(six('fff'))
    expect(SOURCE).not.toBe(six('001'))
  })
})

describe('the circuit breaker', () => {
  const settings = { failures: 3, restMs: 500, longestRestMs: 2_000 }

  test('opens at the third failure in a row, lets one try after each rest, and rests longer each time', () => {
    const breaker = new CircuitBreaker(settings)
    expect([breaker.failed(0), breaker.failed(1), breaker.failed(2)]).toEqual([false, false, true])
    expect([breaker.mayAsk(501), breaker.mayAsk(502), breaker.mayAsk(503)]).toEqual([
      false,
      true,
      false,
    ])
    breaker.failed(600)
    expect([breaker.mayAsk(1_599), breaker.mayAsk(1_600)]).toEqual([false, true])
    expect([breaker.worked(), breaker.open, breaker.mayAsk(1_601)]).toEqual([true, false, true])
  })

  test('whatever happens, it is asked again within the longest rest after the last answer', () => {
    const step = fc.record({ ms: fc.nat(5_000), works: fc.boolean() })
    fc.assert(
      fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
        const breaker = new CircuitBreaker(settings)
        let now = 0
        for (const { ms, works } of steps) {
          now += ms
          if (!breaker.mayAsk(now)) continue
          if (works) breaker.worked()
          else breaker.failed(now)
        }
        expect(breaker.mayAsk(now + settings.longestRestMs)).toBe(true)
      }),
    )
  })
})

test('half-open places: the oldest gives way, a source has its share, and leaving twice is leaving once', () => {
  const step = fc.record({ source: fc.integer({ min: 0, max: 5 }), leave: fc.nat(20) })
  fc.assert(
    fc.property(fc.array(step, { maxLength: 200 }), (steps) => {
      const table = new HalfOpen<{ source: string }>({ halfOpen: 10, halfOpenPerSource: 4 })
      const admitted: { source: string }[] = []
      for (const { source, leave } of steps) {
        const one = { source: String(source) }
        if (table.admit(one).kind === 'admitted') admitted.push(one)
        const leaving = admitted[leave]
        if (leaving !== undefined) table.leave(leaving)
        expect(table.size).toBeLessThanOrEqual(10)
        expect(table.sources).toBeLessThanOrEqual(6)
      }
      for (const one of admitted) table.leave(one)
      expect([table.size, table.sources]).toEqual([0, 0])
    }),
  )
})
