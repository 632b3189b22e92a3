import { describe, expect, test } from '@jest/globals'
import fc from 'fast-check'
import { createHash } from 'node:crypto'
import {
  ClientDialogue,
  type ClientEffect,
  MOST_HELD,
} from '../../../../gates/ssh/client/dialogue.ts'
import { formatAdvert } from '../../../../protocols/challenge/advert.ts'
import { connectionBind } from '../../../../protocols/challenge/bind.ts'
import {
  encodeExtension,
  parseExtension,
} from '../../../../protocols/challenge/extension-packet.ts'
import { gateKeys } from '../../../../protocols/challenge/gate-keys.ts'
import { signMessage } from '../../../../protocols/challenge/signature.ts'
import { sshString } from '../../../../protocols/ssh/packet-writer.ts'
import { cutPacket } from '../../../../protocols/ssh/cut-packet.ts'
import { framePacket } from '../../../../protocols/ssh/packet-writer.ts'

const fixed = (word: string): Buffer => createHash('sha256').update(word).digest()
const KEYS = gateKeys({ sign: fixed('sign'), seal: fixed('seal') })
const ADVERT = Buffer.from(formatAdvert(KEYS.public))
const V_S = Buffer.from('SSH-2.0-OpenSSH_9.2p1\r\n')
const V_C = Buffer.from('SSH-2.0-dropbear_2022.83\r\n')
const KEXINIT_C = Buffer.concat([Buffer.of(20), fixed('client').subarray(0, 16), Buffer.alloc(45)])
const KEXINIT_S = Buffer.concat([Buffer.of(20), fixed('server').subarray(0, 16), Buffer.alloc(45)])
const EARLY = framePacket(Buffer.concat([Buffer.of(30), fixed('early')]))
const BIND = connectionBind(Buffer.from('SSH-2.0-dropbear_2022.83'), KEXINIT_C)

function signed(text: string, bind = BIND): Buffer {
  const body = Buffer.from(text)
  return framePacket(encodeExtension(body, signMessage(KEYS.sign, bind, body)))
}

/** A play: what happened, in order, as words. */
function play(scenes: readonly (readonly ['server' | 'ssh', Uint8Array])[]): {
  words: string[]
  toServer: Buffer
  toSsh: Buffer
} {
  const dialogue = new ClientDialogue()
  const words: string[] = []
  const out = { toServer: Buffer.alloc(0) as Buffer, toSsh: Buffer.alloc(0) as Buffer }
  const run = (effects: readonly ClientEffect[]): void => {
    for (const effect of effects) {
      if (effect.kind === 'to-server') out.toServer = Buffer.concat([out.toServer, effect.bytes])
      else if (effect.kind === 'to-ssh') out.toSsh = Buffer.concat([out.toSsh, effect.bytes])
      else if (effect.kind === 'message') {
        const text = Buffer.from(effect.body).toString()
        words.push(text)
        if (text === 'challenge') run(dialogue.say(Buffer.from('response')))
      } else {
        words.push(effect.kind === 'fault' ? effect.code : effect.kind)
        if (effect.kind === 'hello-wanted') run(dialogue.say(Buffer.from('hello')))
      }
    }
  }
  for (const [side, bytes] of scenes) {
    run(side === 'server' ? dialogue.fromServer(bytes) : dialogue.fromSsh(bytes))
  }
  return { words, ...out }
}

const said = (body: string): Buffer => framePacket(encodeExtension(Buffer.from(body)))

describe('without a gate', () => {
  test('nothing of ssh passes before the first line, and then everything does', () => {
    const before = play([['ssh', V_C]])
    expect([before.words, before.toServer.length]).toEqual([[], 0])
    const after = play([
      ['ssh', V_C],
      ['server', V_S],
      ['server', Buffer.from('x')],
    ])
    expect(after).toEqual({
      words: ['splice'],
      toServer: V_C,
      toSsh: Buffer.concat([V_S, Buffer.from('x')]),
    })
  })

  test('a client that talks before the server does is read no further than needed', () => {
    const dialogue = new ClientDialogue()
    expect(dialogue.fromSsh(Buffer.alloc(40_000))).toEqual([])
    expect(dialogue.holdsEnough).toBe(true)
    dialogue.fromServer(V_S)
    expect(dialogue.holdsEnough).toBe(false)
  })

  test('a banner line is no advert, nor are bytes without a line', () => {
    expect(play([['server', Buffer.from('Welcome\r\n')]]).words).toEqual(['splice'])
    expect(play([['server', Buffer.alloc(216, 0x41)]]).words).toEqual(['splice'])
    expect(play([['server', Buffer.alloc(215, 0x41)]]).words).toEqual([])
  })

  test('an advert of versions to come alone is passed on as the banner line it is', () => {
    const advert = Buffer.from(formatAdvert(KEYS.public, [2, 3]))
    expect(play([['server', advert]])).toEqual({
      words: ['splice'],
      toServer: Buffer.alloc(0),
      toSsh: advert,
    })
  })
})

describe('with a gate', () => {
  const server = Buffer.concat([ADVERT, Buffer.from('Be good\r\n'), V_S])
  const whole = (rest: Buffer): [['server', Buffer], ['ssh', Buffer], ['server', Buffer]] => [
    ['server', server],
    ['ssh', Buffer.concat([V_C, framePacket(KEXINIT_C), EARLY])],
    ['server', rest],
  ]
  const kexInit = framePacket(KEXINIT_S)

  test('advert and messages are taken out, HELLO goes before KEXINIT, an early packet after the dialogue', () => {
    const rest = Buffer.concat([
      signed('challenge'),
      signed('result'),
      kexInit,
      Buffer.from('ciphertext'),
    ])
    expect(play(whole(rest))).toEqual({
      words: ['advert', 'hello-wanted', 'challenge', 'result', 'splice'],
      toServer: Buffer.concat([
        V_C,
        said('hello'),
        framePacket(KEXINIT_C),
        said('response'),
        EARLY,
      ]),
      toSsh: Buffer.concat([Buffer.from('Be good\r\n'), V_S, kexInit, Buffer.from('ciphertext')]),
    })
  })

  test('wherever the streams are cut, the same comes out', () => {
    const rest = Buffer.concat([
      signed('challenge'),
      signed('result'),
      kexInit,
      Buffer.from('ciphertext'),
    ])
    const expected = play(whole(rest))
    fc.assert(
      fc.property(fc.array(fc.nat(600), { maxLength: 12 }), (cuts) => {
        const scenes = whole(rest).flatMap(([side, bytes]) => {
          const places = [
            0,
            ...cuts.map((cut) => cut % bytes.length).sort((a, b) => a - b),
            bytes.length,
          ]
          return places.slice(1).map((end, at) => [side, bytes.subarray(places[at], end)] as const)
        })
        expect(play(scenes)).toEqual(expected)
      }),
    )
  })

  test('a refusal of the gate reaches ssh as it is', () => {
    const disconnect = framePacket(
      Buffer.concat([Buffer.of(1), Buffer.alloc(4), sshString(Buffer.from('no')), Buffer.alloc(4)]),
    )
    const { words, toSsh } = play(whole(disconnect))
    expect(words).toEqual(['advert', 'hello-wanted', 'splice'])
    expect(toSsh.subarray(-disconnect.length)).toEqual(disconnect)
  })

  test('an extension of somebody else is taken out, for ssh would not bear it', () => {
    const other = encodeExtension(Buffer.from('hello there'))
    other.write('x', 5)
    expect(parseExtension(other).kind).toBe('emit')
    const { words, toSsh } = play(whole(Buffer.concat([framePacket(other), kexInit])))
    expect(words).toEqual(['advert', 'hello-wanted', 'splice'])
    expect(cutPacket(toSsh.subarray(-kexInit.length))?.kind).toBe('emit')
  })

  test('a message for another connection, or of nobody, is a fault', () => {
    const elsewhere = signed('challenge', fixed('elsewhere'))
    expect(play(whole(elsewhere)).words).toEqual(['advert', 'hello-wanted', 'bad-signature'])
    expect(play(whole(said('challenge'))).words).toEqual([
      'advert',
      'hello-wanted',
      'bad-signature',
    ])
  })

  test('messages, lines and bytes without end are faults', () => {
    const many = Buffer.concat(Array.from({ length: 33 }, () => signed('result')))
    expect(play(whole(many)).words.at(-1)).toBe('too-many-messages')
    const lines = Buffer.concat([ADVERT, Buffer.from('x\r\n'.repeat(65))])
    expect(play([['server', lines]]).words).toEqual(['advert', 'too-many-lines'])
    const chatty: [['server', Buffer], ['ssh', Buffer]] = [
      ['server', server],
      ['ssh', Buffer.concat([V_C, framePacket(KEXINIT_C), Buffer.alloc(MOST_HELD + 1)])],
    ]
    expect(play(chatty).words.at(-1)).toBe('too-much-held')
  })

  test('what is no SSH client passes as it is, without a HELLO', () => {
    const http: [['server', Buffer], ['ssh', Buffer]] = [
      ['server', server],
      ['ssh', Buffer.from('GET / HTTP/1.0\r\n')],
    ]
    expect(play(http).words).toEqual(['advert', 'splice'])
    const noKexInit: [['server', Buffer], ['ssh', Buffer]] = [
      ['server', server],
      ['ssh', Buffer.concat([V_C, EARLY])],
    ]
    expect(play(noKexInit)).toMatchObject({
      words: ['advert', 'splice'],
      toServer: Buffer.concat([V_C, EARLY]),
    })
  })

  test('any bytes of a server are passed, kept or a fault, never a throw', () => {
    fc.assert(
      fc.property(fc.array(fc.uint8Array({ maxLength: 300 }), { maxLength: 8 }), (chunks) => {
        const { words } = play([
          ...whole(Buffer.alloc(0)),
          ...chunks.map((chunk) => ['server', chunk] as const),
        ])
        expect(words.slice(0, 2)).toEqual(['advert', 'hello-wanted'])
      }),
      { numRuns: 300 },
    )
  })
})
