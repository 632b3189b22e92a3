import { type Control } from '../../schemas/generated/records.ts'
import { parseAddress } from '../../lib/client-entity.ts'

const MOST = 100_000

interface Network {
  readonly address: Uint8Array
  readonly bits: number
  /** Milliseconds since 1970; Infinity: until it is withdrawn. */
  readonly untilMs: number
}

/** What operators told the folds: networks never scored or always refused, and decoy user names. */
export class Lists {
  readonly #allow = new Map<string, Network>()
  readonly #deny = new Map<string, Network>()
  readonly #decoys = new Set<string>()
  readonly #entries = new Map<string, Control>()

  /** Takes an entry in or out; entries that name no network are left out. */
  apply(control: Control): void {
    const key = `${control.kind}/${control.id}`
    if (this.#entries.size >= MOST && !this.#entries.has(key)) return
    if (control.deleted) this.#entries.delete(key)
    else this.#entries.set(key, control)
    if (control.kind === 'decoy') {
      if (control.deleted) this.#decoys.delete(control.id)
      else this.#decoys.add(control.id)
    }
    if (control.kind !== 'allow' && control.kind !== 'deny') return
    const networks = control.kind === 'allow' ? this.#allow : this.#deny
    const network = parseNetwork(control.id, untilOf(control.body))
    if (control.deleted || network === undefined) networks.delete(control.id)
    else networks.set(control.id, network)
  }

  /** `atMs`: event time; an entry past its end says nothing. */
  allows(address: Uint8Array, atMs: number): boolean {
    return holds(this.#allow, address, atMs)
  }

  denies(address: Uint8Array, atMs: number): boolean {
    return holds(this.#deny, address, atMs)
  }

  isDecoy(user: string): boolean {
    return this.#decoys.has(user)
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

function holds(networks: ReadonlyMap<string, Network>, address: Uint8Array, atMs: number): boolean {
  for (const { address: start, bits, untilMs } of networks.values()) {
    if (atMs < untilMs && sameBits(start, address, bits)) return true
  }
  return false
}

function sameBits(a: Uint8Array, b: Uint8Array, bits: number): boolean {
  const whole = bits >> 3
  for (let i = 0; i < whole; i += 1) if (a[i] !== b[i]) return false
  const rest = bits & 7
  if (rest === 0) return true
  const mask = 0xff & (0xff << (8 - rest))
  return ((a[whole] ?? 0) & mask) === ((b[whole] ?? 0) & mask)
}

/** `192.0.2.0/24`, `2001:db8::/32` or an address; IPv4 lies in ::ffff:0:0/96. */
function parseNetwork(text: string, untilMs: number): Network | undefined {
  const [host, length] = text.split('/', 2)
  const address = parseAddress(host ?? '')
  if (address === undefined) return undefined
  const offset = (host ?? '').includes(':') ? 0 : 96
  if (length === undefined) return { address, bits: 128, untilMs }
  const bits = offset + Number(length)
  return Number.isInteger(bits) && bits >= offset && bits <= 128
    ? { address, bits, untilMs }
    : undefined
}

/** The body of an entry is `{"untilMs": number|null}`; anything else means no end. */
function untilOf(body: string): number {
  const found = /"untilMs":(\d{1,16})/.exec(body)
  return found === null ? Infinity : Number(found[1])
}
