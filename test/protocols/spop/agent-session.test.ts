import { describe, expect, test } from '@jest/globals'
import fc from 'fast-check'
import { Cursor } from '../../../lib/cursor.ts'
import { AgentSession, type AgentStep } from '../../../protocols/spop/agent-session.ts'
import { encodeAck } from '../../../protocols/spop/ack.ts'
import { encodeFrame, FRAME, parseFrame } from '../../../protocols/spop/frame.ts'
import { parseKeyValues } from '../../../protocols/spop/key-values.ts'
import { readTypedData, text } from '../../../protocols/spop/typed-data.ts'
import { concat, fragments, haproxyHello, messagesPayload, notify } from './haproxy-side.ts'

const HELLO = haproxyHello()
const MESSAGE = {
  name: 'handshake',
  args: {
    client: { kind: 'ipv4', value: Uint8Array.of(192, 0, 2, 7) },
    port: { kind: 'int64', value: 40_000n },
    hello: { kind: 'binary', value: new Uint8Array(700).fill(0x16) },
  },
} as const

/** What happened, in order, in a word or two each. */
function play(steps: readonly AgentStep[]): string[] {
  return steps.map((step) => {
    switch (step.kind) {
      case 'send':
        return `send ${step.bytes[4] ?? 0}`
      case 'notify':
        return `notify ${step.streamId}/${step.frameId} ${step.messages.map((m) => m.name).join('+')}`
      case 'hello':
        return step.healthcheck ? 'health check' : 'hello'
      case 'unread':
        return `unread ${step.code}`
      case 'close':
        return `close ${step.status}`
    }
  })
}

function open(): AgentSession {
  const session = new AgentSession()
  session.receive(HELLO)
  return session
}

describe('an agent session', () => {
  test('a hello is answered by one whole AGENT-HELLO, then questions are handed out', () => {
    const session = new AgentSession()
    const steps = session.receive(HELLO)
    expect(play(steps)).toEqual(['hello', 'send 101'])
    const [, sent] = steps
    if (sent?.kind !== 'send') throw new Error('nothing was sent')
    expect(new DataView(sent.bytes.buffer, sent.bytes.byteOffset).getUint32(0)).toBe(
      sent.bytes.length - 4,
    )
    const frame = parseFrame(sent.bytes.subarray(4))
    if (frame.kind !== 'emit') throw new Error(frame.code)
    const items = parseKeyValues(frame.value.payload)
    if (items.kind !== 'emit') throw new Error(items.code)
    expect(items.value).toEqual(
      new Map([
        ['version', text('2.0')],
        ['max-frame-size', { kind: 'uint32', value: 16_380n }],
        ['capabilities', text('pipelining,fragmentation')],
      ]),
    )
    expect(play(session.receive(notify(3, 1, [MESSAGE])))).toEqual(['notify 3/1 handshake'])
  })

  test('questions that come in one chunk are handed out in order, several messages in one of them', () => {
    const chunk = concat(notify(1, 1, [MESSAGE]), notify(2, 1, [MESSAGE, MESSAGE]))
    expect(play(open().receive(chunk))).toEqual([
      'notify 1/1 handshake',
      'notify 2/1 handshake+handshake',
    ])
  })

  test('a stream cut at every byte offset gives the same steps', () => {
    const stream = concat(HELLO, notify(1, 1, [MESSAGE]), notify(300, 2, [MESSAGE]))
    const whole = play(new AgentSession().receive(stream))
    expect(whole).toEqual(['hello', 'send 101', 'notify 1/1 handshake', 'notify 300/2 handshake'])
    for (let cut = 0; cut <= stream.length; cut += 1) {
      const session = new AgentSession()
      const steps = [
        ...session.receive(stream.subarray(0, cut)),
        ...session.receive(stream.subarray(cut)),
      ]
      expect(play(steps)).toEqual(whole)
    }
  })

  test.each([1, 7, 100, 699])('a payload in fragments of %d bytes is put together', (size) => {
    const session = open()
    const payload = messagesPayload([MESSAGE])
    const steps = fragments(payload, size).flatMap((frame) => session.receive(frame))
    expect(play(steps)).toEqual(['notify 7/1 handshake'])
    const [step] = steps
    if (step?.kind !== 'notify') throw new Error('no question')
    expect(step.messages[0]?.args.get('hello')).toEqual(MESSAGE.args.hello)
  })

  test('without pipelining or fragmentation on offer, neither is agreed on', () => {
    const steps = new AgentSession().receive(haproxyHello({ capabilities: text('') }))
    const [, sent] = steps
    if (sent?.kind !== 'send') throw new Error('nothing was sent')
    expect(Buffer.from(sent.bytes).includes('pipelining')).toBe(false)
  })

  test('a health check is answered and over', () => {
    const check = haproxyHello({ healthcheck: { kind: 'bool', value: true } })
    expect(play(new AgentSession().receive(check))).toEqual([
      'health check',
      'send 101',
      'close normal',
    ])
  })

  test.each([
    ['a version we do not speak', { 'supported-versions': text('1.0') }, 'unsupportedVersion'],
    ['a number where the version is', { 'supported-versions': { kind: 'null' } }, 'noVersion'],
    [
      'a frame size below 256',
      { 'max-frame-size': { kind: 'uint32', value: 255n } },
      'badMaxFrameSize',
    ],
    ['no frame size', { 'max-frame-size': { kind: 'null' } }, 'noMaxFrameSize'],
    ['no capabilities', { capabilities: { kind: 'null' } }, 'noCapabilities'],
  ] as const)('%s is refused with its status', (_what, items, status) => {
    expect(play(new AgentSession().receive(haproxyHello(items)))).toEqual([
      'send 102',
      `close ${status}`,
    ])
  })

  test('a payload that cannot be read is acknowledged all the same', () => {
    const head = { type: FRAME.notify, flags: 1, streamId: 5, frameId: 9 }
    const broken = encodeFrame(head, (to) => {
      to.bytes(Uint8Array.of(200, 1, 2))
    })
    const session = open()
    const steps = session.receive(broken)
    expect(play(steps)).toEqual(['unread truncated', 'send 103'])
    expect(steps[1]).toEqual({ kind: 'send', bytes: encodeAck(5, 9, []) })
    expect(play(session.receive(notify(6, 1, [MESSAGE])))).toEqual(['notify 6/1 handshake'])
  })

  test('a frame longer than agreed ends the connection before it is read', () => {
    expect(play(open().receive(Uint8Array.of(0x7f, 0xff, 0xff, 0xff)))).toEqual([
      'send 102',
      'close tooBig',
    ])
  })

  test('fragments without an end are bounded', () => {
    const session = new AgentSession({ maxFrame: 1_000, maxPayload: 2_000 })
    session.receive(HELLO)
    const steps = fragments(new Uint8Array(5_000), 900).flatMap((frame) => session.receive(frame))
    expect(play(steps)).toEqual(['send 102', 'close tooBig'])
  })

  test('a question within a fragmented one is against the protocol', () => {
    const session = open()
    session.receive(fragments(messagesPayload([MESSAGE]), 100)[0] ?? HELLO)
    expect(play(session.receive(notify(9, 9, [MESSAGE])))).toEqual([
      'send 102',
      'close interlacedFrames',
    ])
  })

  test('an aborted payload is forgotten', () => {
    const session = open()
    session.receive(fragments(messagesPayload([MESSAGE]), 100)[0] ?? HELLO)
    const abort = { type: FRAME.unset, flags: 3, streamId: 7, frameId: 1 }
    expect(session.receive(encodeFrame(abort, () => undefined))).toEqual([])
    expect(play(session.receive(notify(9, 9, [MESSAGE])))).toEqual(['notify 9/9 handshake'])
  })

  test('DISCONNECT is answered by DISCONNECT; after it nothing is heard', () => {
    const session = open()
    const head = { type: FRAME.haproxyDisconnect, flags: 1, streamId: 0, frameId: 0 }
    expect(play(session.receive(encodeFrame(head, () => undefined)))).toEqual([
      'send 102',
      'close normal',
    ])
    expect(session.receive(notify(9, 9, [MESSAGE]))).toEqual([])
  })

  test('whatever comes, nothing is thrown and little is kept', () => {
    fc.assert(
      fc.property(fc.array(fc.uint8Array({ maxLength: 64 }), { maxLength: 20 }), (chunks) => {
        const session = new AgentSession({ maxFrame: 256, maxPayload: 512 })
        session.receive(HELLO)
        for (const chunk of chunks) for (const step of session.receive(chunk)) play([step])
      }),
      { numRuns: 500 },
    )
  })

  test('a question with any bytes changed is answered, or the connection ends', () => {
    const frame = notify(1, 1, [MESSAGE])
    fc.assert(
      fc.property(fc.nat(frame.length - 1), fc.nat(255), (at, byte) => {
        const changed = frame.slice()
        changed[at] = byte
        const session = open()
        const words = play(session.receive(changed)).map((word) => word.split(' ')[0])
        // A shorter length leaves bytes behind that are no frame: what came before is still answered.
        expect(words.join(' ')).toMatch(/^(notify ?|unread send ?)*(send close)?$/)
      }),
      { numRuns: 1_000 },
    )
  })
})

describe('an ACK', () => {
  test('carries its actions as the specification lays them out', () => {
    const ack = encodeAck(1, 2, [
      { kind: 'set-var', scope: 'sess', name: 'pool', value: text('primary') },
      { kind: 'unset-var', scope: 'txn', name: 'x' },
    ])
    expect([...ack.subarray(0, 11)]).toEqual([0, 0, 0, 29, 103, 0, 0, 0, 1, 1, 2])
    const cursor = new Cursor(ack, 11)
    expect([cursor.u8(), cursor.u8(), cursor.u8()]).toEqual([1, 3, 1])
    expect(Buffer.from(cursor.take(cursor.u8())).toString()).toBe('pool')
    expect(readTypedData(cursor)).toEqual(text('primary'))
    expect([...cursor.take(cursor.remaining)]).toEqual([2, 2, 2, 1, 0x78])
  })
})
