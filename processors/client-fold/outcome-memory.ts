import { type Protocol } from '../../behaviour/population-view.ts'
import { type ByteReader } from '../state/byte-reader.ts'
import { type ByteWriter } from '../state/byte-writer.ts'

/** Outcomes that can still be revoked, of each kind; people's words are few, and no flood of logins pushes them out. */
const MOST = { word: 1_024, login: 4_096 } as const

/** What one outcome changed, so that its revocation can change it back. */
export interface Effect {
  /** Event time, milliseconds. */
  readonly atMs: number
  readonly pairKey: string | undefined
  /** Nats and value of each feature, after less before; empty where there was no such profile. */
  readonly client: Float32Array
  readonly pair: Float32Array
  /** The last success before this outcome, milliseconds; 0 = none. */
  readonly successMs: number
}

/** Whose profiles it changed: a revocation that names another client revokes nothing. */
export interface EffectOf {
  readonly name: string
  readonly protocol: Protocol
}

export type EffectKind = keyof typeof MOST

/** Newest effects by event id, protocol and client. Bounded: the oldest of a kind cannot be revoked any more. */
export class OutcomeMemory {
  readonly #effects: Readonly<Record<EffectKind, Map<string, Effect>>> = {
    word: new Map(),
    login: new Map(),
  }

  put(kind: EffectKind, id: Uint8Array, of: EffectOf, effect: Effect): void {
    const effects = this.#effects[kind]
    effects.set(keyOf(id, of), effect)
    if (effects.size <= MOST[kind]) return
    for (const oldest of effects.keys()) {
      effects.delete(oldest)
      break
    }
  }

  find(id: Uint8Array, of: EffectOf): Effect | undefined {
    const key = keyOf(id, of)
    return this.#effects.word.get(key) ?? this.#effects.login.get(key)
  }

  /** Once only: what was revoked is not revoked again. */
  remove(id: Uint8Array, of: EffectOf): void {
    const key = keyOf(id, of)
    this.#effects.word.delete(key)
    this.#effects.login.delete(key)
  }

  save(to: ByteWriter): void {
    for (const effects of [this.#effects.word, this.#effects.login]) {
      to.u32(effects.size)
      for (const [key, effect] of effects) {
        to.text(key)
        to.f64(effect.atMs)
        to.text(effect.pairKey ?? '')
        for (const changes of [effect.client, effect.pair]) {
          to.u32(changes.length)
          for (const change of changes) to.f64(change)
        }
        to.f64(effect.successMs)
      }
    }
  }

  load(from: ByteReader): void {
    for (const effects of [this.#effects.word, this.#effects.login]) {
      for (let left = from.u32(); left > 0; left -= 1) {
        const key = from.text()
        const atMs = from.f64()
        const pairKey = from.text()
        effects.set(key, {
          atMs,
          pairKey: pairKey === '' ? undefined : pairKey,
          client: changesOf(from),
          pair: changesOf(from),
          successMs: from.f64(),
        })
      }
    }
  }
}

function changesOf(from: ByteReader): Float32Array {
  const changes = new Float32Array(from.u32())
  for (let i = 0; i < changes.length; i += 1) changes[i] = from.f64()
  return changes
}

function keyOf(id: Uint8Array, { name, protocol }: EffectOf): string {
  return `${Buffer.from(id.buffer, id.byteOffset, id.length).toString('hex')}#${protocol}|${name}`
}
