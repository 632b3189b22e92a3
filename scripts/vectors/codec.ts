import { formatAdvert } from '../../protocols/challenge/advert.ts'
import { encodeExtension } from '../../protocols/challenge/extension-packet.ts'
import { gateFingerprint, gateKeys } from '../../protocols/challenge/gate-keys.ts'
import { frameDisconnect, framePacket } from '../../protocols/ssh/packet-writer.ts'
import { fixed, hex } from './inputs.ts'

interface CodecVectors {
  /** A payload and its binary packet. */
  readonly frames: readonly { readonly payload: string; readonly packet: string }[]
  readonly disconnect: { readonly code: number; readonly sentence: string; readonly packet: string }
  /** First bytes of a connection that no reader may take for a packet. */
  readonly badFrames: readonly { readonly why: string; readonly bytes: string }[]
  readonly extensions: readonly {
    readonly body: string
    readonly signature: string
    readonly payload: string
  }[]
  readonly badExtensions: readonly { readonly why: string; readonly payload: string }[]
  readonly adverts: readonly {
    readonly line: string
    readonly versions: readonly number[]
    readonly sign: string
    readonly seal: string
    readonly fingerprint: string
  }[]
  readonly notAdverts: readonly string[]
}

export function codecVectors(): CodecVectors {
  return {
    frames: [1, 3, 4, 11, 12, 100].map((length) => {
      const payload = Buffer.alloc(length, length)
      return { payload: hex(payload), packet: hex(framePacket(payload)) }
    }),
    disconnect: {
      code: 11,
      sentence: 'refused: ask ops@example.org',
      packet: hex(frameDisconnect(11, 'refused: ask ops@example.org')),
    },
    badFrames: [
      { why: 'length 0', bytes: '0000000000000000' },
      {
        why: 'length 5: no room for a message number beside the least padding',
        bytes: '0000000504000000',
      },
      { why: 'length above the bound', bytes: '7fffffff04c00000' },
      { why: 'not a multiple of the block size', bytes: '0000000d0ac0000000' },
      { why: 'less than 4 bytes of padding', bytes: '0000000c03c000000000000000000000' },
      { why: 'padding as long as the packet', bytes: '0000000c0cc000000000000000000000' },
    ],
    extensions: [
      ['{}', ''],
      ['{"type":"hello","v":1}', ''],
      ['{"type":"result","v":1,"outcome":"proceed"}', hex(Buffer.alloc(64, 7))],
    ].map(([body = '', signature = '']) => ({
      body,
      signature,
      payload: hex(encodeExtension(Buffer.from(body), Buffer.from(signature, 'hex'))),
    })),
    badExtensions: badExtensions(),
    ...adverts(),
  }
}

function badExtensions(): CodecVectors['badExtensions'] {
  const good = encodeExtension(Buffer.from('{}'))
  const at = (place: number, byte: number): string => {
    const changed = Buffer.from(good)
    changed[place] = byte
    return hex(changed)
  }
  return [
    { why: 'empty', payload: '' },
    { why: 'another message number', payload: at(0, 20) },
    { why: 'no name', payload: 'c0000000000000000002' + '7b7d00000000' },
    { why: 'name longer than 64', payload: at(4, 65) },
    { why: 'name of 4 GiB', payload: at(1, 255) },
    { why: 'cut in the body', payload: hex(good.subarray(0, -5)) },
    { why: 'cut before the signature', payload: hex(good.subarray(0, -4)) },
    { why: 'a byte too many', payload: `${hex(good)}00` },
    { why: 'a signature of 1 byte', payload: `${hex(good.subarray(0, -4))}0000000141` },
    {
      why: 'a signature of 65 bytes',
      payload: `${hex(good.subarray(0, -4))}00000041${'41'.repeat(65)}`,
    },
  ]
}

function adverts(): Pick<CodecVectors, 'adverts' | 'notAdverts'> {
  const keys = gateKeys({ sign: fixed('sign seed'), seal: fixed('seal seed') }).public
  const line = formatAdvert(keys).trimEnd()
  const facts = { sign: hex(keys.sign), seal: hex(keys.seal), fingerprint: gateFingerprint(keys) }
  return {
    adverts: [
      { line, versions: [1], ...facts },
      { line: line.replace(' 1 ', ' 1,2 '), versions: [1, 2], ...facts },
      { line: `${line} something=later`, versions: [1], ...facts },
    ],
    notAdverts: [
      '',
      'SSH-2.0-OpenSSH_9.2p1',
      'Welcome. Authorised use only.',
      'X-VESTIBULE-GATE',
      'X-VESTIBULE-GATE 1',
      line.toLowerCase(),
      line.replace(' 1 ', ' 0 '),
      line.replace(' 1 ', ' 256 '),
      line.replace(' 1 ', ' 1, '),
      line.replace(' 1 ', ' 1,2,3,4,5,6,7,8,9 '),
      line.replace('sign=', 'sign=A'),
      line.slice(0, -1),
      line.replace('seal=', 'sael='),
      `${line} ${'x'.repeat(100)}`,
    ],
  }
}
