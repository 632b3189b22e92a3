import { NetworkTable, parseNetwork, type Network } from '../lib/network-table.ts'
import { policyWords } from '../lib/policy-words.ts'
import { type Control } from '../schemas/generated/records.ts'

/** Whose PROXY headers are believed: those the sensor was started with, until a policy names its own. */
export class TrustedProxies {
  #table: NetworkTable
  #text: string
  #counter = -1

  /** `start`: networks with commas between; what is none of them is nobody. */
  constructor(start: string) {
    const names = start.split(',').filter((name) => name !== '')
    this.#table = tableOf(names)
    this.#text = textOf(names)
  }

  /** For people: the networks, or nobody. */
  get text(): string {
    return this.#text
  }

  /** `address`: 16 bytes, in clear. */
  trusts(address: Uint8Array): boolean {
    return this.#table.holds(address, 0)
  }

  /** Takes a word of the control topic in; true when others are believed now. Of policies the newest counts. */
  apply(control: Control): boolean {
    if (control.kind !== 'policy' || control.deleted) return false
    const words = policyWords(control)
    if (words === undefined || words.counter < this.#counter) return false
    this.#counter = words.counter
    const text = textOf(words.trustedProxies)
    const changed = text !== this.#text
    this.#table = tableOf(words.trustedProxies)
    this.#text = text
    return changed
  }
}

function networksOf(names: readonly string[]): readonly Network[] {
  return names.map(parseNetwork).filter((network) => network !== undefined)
}

function tableOf(names: readonly string[]): NetworkTable {
  const table = new NetworkTable()
  for (const network of networksOf(names)) table.set(network)
  return table
}

function textOf(names: readonly string[]): string {
  return names.length === 0 ? 'nobody' : names.join(', ')
}
