import { CLEAR_ADDRESSES, type AddressMap } from '../../lib/pseudonym.ts'
import { type Control } from '../../schemas/generated/records.ts'
import { NetworkTable, parseNetwork } from '../../lib/network-table.ts'
import { policyWords } from '../../lib/policy-words.ts'

const MOST = 100_000

/** What operators told the folds: networks never scored or always refused, own machinery, decoys. */
export class Lists {
  readonly #allow = new NetworkTable()
  readonly #deny = new NetworkTable()
  readonly #decoys = new Set<string>()
  readonly #entries = new Map<string, Control>()
  readonly #addresses: AddressMap
  #machinery = new NetworkTable()
  #decoyUsers: ReadonlySet<string> = new Set()
  #policy: { readonly key: string; readonly counter: number } = { key: '', counter: 0 }

  /** `addresses`: the form in which records carry clients; a policy is written in clear. */
  constructor(addresses: AddressMap = CLEAR_ADDRESSES) {
    this.#addresses = addresses
  }

  /** Takes an entry in or out; entries that name no network are left out. */
  apply(control: Control): void {
    const key = `${control.kind}/${control.id}`
    if (this.#entries.size >= MOST && !this.#entries.has(key)) return
    if (control.kind === 'policy') {
      this.#applyPolicy(control, key)
      return
    }
    if (control.deleted) this.#entries.delete(key)
    else this.#entries.set(key, control)
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
