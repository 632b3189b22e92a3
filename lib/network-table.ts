import { parseAddress } from './client-entity.ts'

/** A prefix over the 128 bits of a record's address; IPv4 lies in ::ffff:0:0/96. */
export interface Network {
  readonly address: Uint8Array
  readonly bits: number
}

/** Networks by length: a look-up costs one probe for each length in use, whatever their number. */
export class NetworkTable {
  readonly #lengths = new Map<number, Map<string, number>>()

  /** `untilMs`: milliseconds since 1970 from which on it holds nothing. */
  set({ address, bits }: Network, untilMs = Infinity): void {
    const ends = this.#lengths.get(bits) ?? new Map<string, number>()
    ends.set(prefixOf(address, bits), untilMs)
    this.#lengths.set(bits, ends)
  }

  delete({ address, bits }: Network): void {
    const ends = this.#lengths.get(bits)
    ends?.delete(prefixOf(address, bits))
    if (ends?.size === 0) this.#lengths.delete(bits)
  }

  holds(address: Uint8Array, atMs: number): boolean {
    for (const [bits, ends] of this.#lengths) {
      const untilMs = ends.get(prefixOf(address, bits))
      if (untilMs !== undefined && atMs < untilMs) return true
    }
    return false
  }
}

/** One character for each byte of the prefix, the bits behind it zero. */
function prefixOf(address: Uint8Array, bits: number): string {
  let text = ''
  for (let i = 0; 8 * i < bits; i += 1) {
    const keep = Math.min(8, bits - 8 * i)
    text += String.fromCharCode((address[i] ?? 0) & (0xff00 >> keep) & 0xff)
  }
  return text
}

/** `192.0.2.0/24`, `2001:db8::/32` or an address. */
export function parseNetwork(text: string): Network | undefined {
  const slash = text.indexOf('/')
  const host = slash < 0 ? text : text.slice(0, slash)
  const address = parseAddress(host)
  if (address === undefined) return undefined
  if (slash < 0) return { address, bits: 128 }
  const digits = text.slice(slash + 1)
  if (!/^(0|[1-9]\d{0,2})$/.test(digits)) return undefined
  const bits = (host.includes(':') ? 0 : 96) + Number(digits)
  return bits <= 128 ? { address, bits } : undefined
}
