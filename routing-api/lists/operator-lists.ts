import { type Control } from '../../schemas/generated/records.ts'
import { cidrText, parseCidr, type Cidr } from './cidr.ts'
import { PrefixTable } from './prefix-table.ts'

export const LIST_NAMES = ['allow', 'deny', 'decoy'] as const
export type ListName = (typeof LIST_NAMES)[number]

/** One word of an operator about a prefix, with who and why. */
export interface ListEntry {
  readonly list: ListName
  readonly cidr: string
  readonly actor: string
  readonly reason: string
  /** Milliseconds since 1970. */
  readonly sinceMs: number
  /** Milliseconds since 1970; null: until it is withdrawn. */
  readonly untilMs: number | null
}

/** Entries of all lists together: what is beyond is refused and counted, never silently lost. */
export const MAX_LIST_ENTRIES = 1_000_000

/**
 * The allow, deny and decoy lists as the control topic tells them. The longest prefix wins; of equal
 * ones allow wins over deny, for a mistaken refusal costs more than a missed one.
 */
export class OperatorLists {
  readonly #tables: Readonly<Record<ListName, PrefixTable<ListEntry>>> = {
    allow: new PrefixTable(),
    deny: new PrefixTable(),
    decoy: new PrefixTable(),
  }

  get size(): number {
    return LIST_NAMES.reduce((sum, name) => sum + this.#tables[name].size, 0)
  }

  count(list: ListName): number {
    return this.#tables[list].size
  }

  /** False when the entry could not be taken in: not a prefix, or no room. */
  apply(list: ListName, control: Control): boolean {
    const cidr = parseCidr(control.id)
    if (cidr === undefined) return false
    if (control.deleted) {
      this.#tables[list].delete(cidr)
      return true
    }
    if (this.size >= MAX_LIST_ENTRIES && this.get(list, cidr) === undefined) return false
    this.#tables[list].set(cidr, entryOf(list, cidr, control))
    return true
  }

  get(list: ListName, cidr: Cidr): ListEntry | undefined {
    return this.#tables[list].get(cidr)
  }

  /** What the operators said of a client, if anything. */
  verdict(address: Uint8Array, nowMs: number): ListEntry | undefined {
    const current = (entry: ListEntry): boolean => entry.untilMs === null || nowMs < entry.untilMs
    const allow = this.#tables.allow.find(address, current)
    const deny = this.#tables.deny.find(address, current)
    if (allow === undefined || deny === undefined) return allow ?? deny
    return lengthOf(deny) > lengthOf(allow) ? deny : allow
  }

  /** The decoy an address belongs to: nobody has business there. */
  decoy(address: Uint8Array, nowMs: number): ListEntry | undefined {
    return this.#tables.decoy.find(address, (e) => e.untilMs === null || nowMs < e.untilMs)
  }

  entries(list: ListName): Iterable<ListEntry> {
    return this.#tables[list].values()
  }
}

function lengthOf(entry: ListEntry): number {
  return Number(entry.cidr.slice(entry.cidr.indexOf('/') + 1))
}

function entryOf(list: ListName, cidr: Cidr, control: Control): ListEntry {
  return {
    list,
    cidr: cidrText(cidr),
    actor: control.actor,
    reason: control.reason,
    sinceMs: control.observedAt / 1000,
    untilMs: untilOf(control.body),
  }
}

/** The body of a list entry is `{"untilMs": number|null}`; anything else means no end. */
function untilOf(body: string): number | null {
  const found = /"untilMs":(\d{1,16})/.exec(body)
  return found === null ? null : Number(found[1])
}
