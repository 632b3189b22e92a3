import { CLEAR_ADDRESSES, type AddressMap } from '../../lib/pseudonym.ts'
import { type Control } from '../../schemas/generated/records.ts'
import { NetworkTable, parseNetwork } from '../../lib/network-table.ts'
import { policyWords } from '../../lib/policy-words.ts'

/** Entries that are kept; a policy beside them always has room. */
export const MOST_ENTRIES = 100_000

/** Kinds of the control topic that folds ask for again. Of the others there may be as many as clients. */
const KEPT: ReadonlySet<Control['kind']> = new Set(['allow', 'deny', 'decoy', 'feedback'])

/** Entries past their end are looked for no more often than this, by event time. */
const SWEEP_MS = 60_000

/** What operators told the folds: networks never scored or always refused, own machinery, decoys. */
export class Lists {
  readonly #allow = new NetworkTable()
  readonly #deny = new NetworkTable()
  readonly #decoys = new Set<string>()
  readonly #entries = new Map<string, Control>()
  readonly #addresses: AddressMap
  readonly #most: number
  #sweptAtMs = -Infinity
  #leftOut = 0
  #machinery = new NetworkTable()
  #decoyUsers: ReadonlySet<string> = new Set()
  #policy: { readonly key: string; readonly counter: number } = { key: '', counter: 0 }

  /** `addresses`: the form in which records carry clients; a policy is written in clear. */
  constructor(addresses: AddressMap = CLEAR_ADDRESSES, most = MOST_ENTRIES) {
    this.#addresses = addresses
    this.#most = most
  }

  get size(): number {
    return this.#entries.size
  }

  /** Entries for which there was no room since the start. */
  get leftOut(): number {
    return this.#leftOut
  }

  /** Takes an entry in or out; entries that name no network are passed over. False when there is no room. */
  apply(control: Control): boolean {
    const { kind, deleted } = control
    const key = `${kind}/${control.id}`
    if (kind === 'policy') this.#applyPolicy(control, key)
    if (!KEPT.has(kind)) return true
    if (!deleted && !this.#hasRoomFor(key, control.observedAt / 1000)) {
      this.#leftOut += 1
      return false
    }
    if (deleted) this.#entries.delete(key)
    else this.#entries.set(key, control)
    this.#applyEntry(control)
    return true
  }

  #hasRoomFor(key: string, atMs: number): boolean {
    if (this.#entries.size < this.#most || this.#entries.has(key)) return true
    if (atMs - this.#sweptAtMs >= SWEEP_MS) this.#sweep(atMs)
    return this.#entries.size < this.#most
  }

  #sweep(atMs: number): void {
    this.#sweptAtMs = atMs
    for (const [key, entry] of this.#entries) {
      if (untilOf(entry.body) > atMs) continue
      this.#entries.delete(key)
      this.#applyEntry({ ...entry, deleted: true })
    }
  }

  #applyEntry(control: Control): void {
    if (control.kind === 'decoy') {
      if (control.deleted) this.#decoys.delete(control.id)
      else this.#decoys.add(control.id)
    }
    if (control.kind !== 'allow' && control.kind !== 'deny') return
    const networks = control.kind === 'allow' ? this.#allow : this.#deny
    const network = parseNetwork(control.id)
    if (network === undefined) return
    if (control.deleted) networks.delete(network)
    else networks.set(network, untilOf(control.body))
  }

  /** Of policies only the newest is in force, and kept. */
  #applyPolicy(control: Control, key: string): void {
    const words = control.deleted ? undefined : policyWords(control)
    if (words === undefined || words.counter < this.#policy.counter) return
    this.#entries.delete(this.#policy.key)
    this.#entries.set(key, control)
    this.#policy = { key, counter: words.counter }
    this.#decoyUsers = new Set(words.decoyUsers)
    this.#machinery = new NetworkTable()
    for (const text of [...words.trustedProxies, ...words.ownMachinery]) {
      const network = parseNetwork(text)
      if (network === undefined) continue
      const address = this.#addresses.of(network.address)
      this.#machinery.set({ address, bits: network.bits })
    }
  }

  /** Trusted proxies, own tiers and health checks are no clients (architecture 6.4). */
  isMachinery(address: Uint8Array): boolean {
    return this.#machinery.holds(address, 0)
  }

  /** `atMs`: event time; an entry past its end says nothing. */
  allows(address: Uint8Array, atMs: number): boolean {
    return this.#allow.holds(address, atMs)
  }

  denies(address: Uint8Array, atMs: number): boolean {
    return this.#deny.holds(address, atMs)
  }

  isDecoy(user: string): boolean {
    return this.#decoys.has(user) || this.#decoyUsers.has(user)
  }

  /** The entry in force. */
  find(kind: Control['kind'], id: string): Control | undefined {
    return this.#entries.get(`${kind}/${id}`)
  }

  /** The entries in force, for snapshots. */
  entries(): IterableIterator<Control> {
    return this.#entries.values()
  }
}

/** The body of an entry is `{"untilMs": number|null}`; anything else means no end. */
function untilOf(body: string): number {
  const found = /"untilMs":(\d{1,16})/.exec(body)
  return found === null ? Infinity : Number(found[1])
}
