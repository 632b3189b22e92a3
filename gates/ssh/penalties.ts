import { isIpv4 } from '../../lib/client-entity.ts'

/** What a source is penalised for, as OpenSSH's PerSourcePenalties names it. */
export type PenaltyKind =
  'crash' | 'authfail' | 'invaliduser' | 'noauth' | 'grace-exceeded' | 'refuseconnection'

/** Seconds, like sshd_config's PerSourcePenalties (OpenSSH 9.8 and later). */
export interface PenaltySettings {
  readonly seconds: Readonly<Record<PenaltyKind, number>>
  /** A source is refused once it has gathered this much. */
  readonly minS: number
  /** No source is refused longer. */
  readonly maxS: number
  /** Each refusal makes the next of the same source longer by this factor, until it was quiet for `maxS`; 1 is OpenSSH's way. */
  readonly growth: number
  /** Sources kept, IPv4 and IPv6 together; the oldest is forgotten. */
  readonly maxSources: number
}

export const DEFAULT_PENALTIES: PenaltySettings = {
  seconds: {
    crash: 90,
    authfail: 5,
    invaliduser: 5,
    noauth: 1,
    'grace-exceeded': 10,
    refuseconnection: 10,
  },
  minS: 15,
  maxS: 600,
  growth: 2,
  maxSources: 65_536,
}

interface Account {
  /** When nothing is left of it, milliseconds. */
  untilMs: number
  /** It reached the minimum: refused until `untilMs`. */
  refused: boolean
  /** Refusals in a row. */
  times: number
}

/**
 * Penalties by source address, for behind a gate sshd sees one address only and must be told to exempt it. A penalty
 * adds seconds to what a source has left; with `minS` gathered it is refused until all of them have passed.
 */
export class Penalties {
  readonly #settings: PenaltySettings
  readonly #accounts = new Map<string, Account>()

  constructor(settings: PenaltySettings) {
    this.#settings = settings
  }

  get size(): number {
    return this.#accounts.size
  }

  /** Seconds that a source stays refused; 0 when it is not. */
  refusedFor(source: string, nowMs: number): number {
    const account = this.#accounts.get(source)
    if (account?.refused !== true || account.untilMs <= nowMs) return 0
    return Math.ceil((account.untilMs - nowMs) / 1_000)
  }

  /** True when this penalty is the one that refuses the source from now on. */
  add(source: string, kind: PenaltyKind, nowMs: number): boolean {
    const { seconds, minS, maxS, growth } = this.#settings
    if (seconds[kind] <= 0) return false
    const account = this.#account(source, nowMs)
    const from = Math.max(account.untilMs, nowMs)
    account.untilMs = Math.min(from + seconds[kind] * 1_000, nowMs + maxS * 1_000)
    if (account.refused || account.untilMs - nowMs < minS * 1_000) return false
    const left = (account.untilMs - nowMs) * growth ** account.times
    account.untilMs = nowMs + Math.min(left, maxS * 1_000)
    account.refused = true
    account.times += 1
    return true
  }

  #account(source: string, nowMs: number): Account {
    const known = this.#accounts.get(source)
    if (known !== undefined) {
      // Once its time is up it is let in again; how often it was refused counts a while longer.
      if (known.refused && known.untilMs <= nowMs) known.refused = false
      if (known.untilMs + this.#settings.maxS * 1_000 <= nowMs) known.times = 0
      this.#accounts.delete(source)
      this.#accounts.set(source, known)
      return known
    }
    if (this.#accounts.size >= this.#settings.maxSources) this.#forgetOldest()
    const made = { untilMs: 0, refused: false, times: 0 }
    this.#accounts.set(source, made)
    return made
  }

  #forgetOldest(): void {
    for (const oldest of this.#accounts.keys()) {
      this.#accounts.delete(oldest)
      return
    }
  }
}

/** Who is penalised together: an IPv4 address, an IPv6 /64 (a host has more addresses than anybody can count). */
export function penaltySource(address: Uint8Array): string {
  const bytes = isIpv4(address) ? address.subarray(12) : address.subarray(0, 8)
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString('latin1')
}
