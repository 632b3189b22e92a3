import { batteryWords, judgeNonces, observeNonce } from '../../behaviour/models/nonce-battery.ts'
import { shareOf, type Share } from '../../processors/evaluation/curves.ts'
import { seededDraw } from '../../lib/seeded-draw.ts'

const ALARM = Math.log(1e6)
const AT_S = 1_772_409_600

export interface RandomnessRow {
  readonly fault: string
  readonly bytes: 16 | 32
  /** Clients called broken, at e ≥ 10^6, by their first, tenth and hundredth value. */
  readonly found: readonly { readonly values: number; readonly share: Share }[]
}

type Make = (i: number, bytes: number, draw: () => number) => Uint8Array

function good(bytes: number, draw: () => number): Uint8Array {
  return Uint8Array.from({ length: bytes }, () => Math.floor(256 * draw()))
}

const FAULTS: Readonly<Record<string, Make>> = {
  'none (false alarms)': (_i, bytes, draw) => good(bytes, draw),
  'slow counter': (i, bytes) => {
    const value = Buffer.alloc(bytes, 0x5a)
    for (let at = 0; at + 4 <= bytes; at += 4)
      value.writeUInt32BE((0x6b02ce3a + 977 * at + i) >>> 0, at)
    return value
  },
  'text of letters and digits': (_i, bytes, draw) =>
    good(bytes, draw).map((byte) => 'abcdefghijklmnopqrstuvwxyz012345'.charCodeAt(byte & 31)),
  'hex text': (_i, bytes, draw) =>
    good(bytes, draw).map((byte) => '0123456789abcdef'.charCodeAt(byte & 15)),
  'half of it zeros': (_i, bytes, draw) => good(bytes, draw).fill(0, bytes / 2),
  'bytes of 7 bits': (_i, bytes, draw) => good(bytes, draw).map((byte) => byte & 0x7f),
  'words of 31 bits': (_i, bytes, draw) =>
    good(bytes, draw).map((byte, at) => (at % 4 === 0 ? byte & 0x7f : byte)),
  'four bytes that change': (i, bytes, draw) => {
    const value = Buffer.alloc(bytes, 0xc3)
    value.writeUInt32BE(Math.floor(2 ** 32 * draw()), i % 2 === 0 ? 0 : 0)
    return value
  },
  'bits that stay with P = 0.6': (_i, bytes, draw) => sticky(bytes, draw, 0.6),
  'a clock, then 28 good bytes': (i, bytes, draw) => {
    const value = Buffer.from(good(bytes, draw))
    value.writeUInt32BE(AT_S + i, 0)
    return value
  },
}

function sticky(bytes: number, draw: () => number, stay: number): Uint8Array {
  let bit = 0
  return Uint8Array.from({ length: bytes }, () => {
    let byte = 0
    for (let i = 0; i < 8; i += 1) {
      if (draw() >= stay) bit ^= 1
      byte = (byte << 1) | bit
    }
    return byte
  })
}

/** Power of the battery against simulated faults (behaviour-models 5.3). */
export function judgeRandomness(seed: string, clients: number): readonly RandomnessRow[] {
  return ([32, 16] as const).flatMap((bytes) =>
    Object.entries(FAULTS).map(([fault, make]) => {
      const looks = [1, 10, 100].map((values) => ({ values, found: 0 }))
      for (let client = 0; client < clients; client += 1) {
        const draw = seededDraw(`${seed} ${fault} ${bytes} ${client}`)
        const state = new Uint32Array(batteryWords(bytes))
        let alarmed = false
        for (let i = 0; i < 100; i += 1) {
          observeNonce(state, make(i, bytes, draw), AT_S)
          alarmed ||= (judgeNonces(state, bytes)?.lnE ?? 0) >= ALARM
          for (const look of looks) if (look.values === i + 1 && alarmed) look.found += 1
        }
      }
      const found = looks.map(({ values, found: n }) => ({ values, share: shareOf(n, clients) }))
      return { fault, bytes, found }
    }),
  )
}
