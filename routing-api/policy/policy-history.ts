import { CLEAR_ADDRESSES, type AddressMap } from '../../lib/pseudonym.ts'
import { type Control } from '../../schemas/generated/records.ts'
import { activate, BUILT_IN, type ActivePolicy } from './active-policy.ts'
import { parsePolicy } from './parse-policy.ts'

/** One version of the policy as the control topic tells it. */
export interface PolicyVersion {
  readonly version: string
  readonly counter: number
  readonly actor: string
  readonly reason: string
  /** Milliseconds since 1970. */
  readonly atMs: number
  /** The policy as it was written. */
  readonly text: string
}

/** Versions that can be rolled back to. */
const KEPT = 100

/**
 * Versions of the policy in the order of the control topic. The newest record wins, so every instance
 * ends with the same policy, whoever wrote it; a rollback is a new version with an old text.
 */
export class PolicyHistory {
  readonly #addresses: AddressMap
  #active = BUILT_IN
  #versions: PolicyVersion[] = []

  /** `addresses`: the form in which clients are judged; a policy is written in clear. */
  constructor(addresses: AddressMap = CLEAR_ADDRESSES) {
    this.#addresses = addresses
  }

  get active(): ActivePolicy {
    return this.#active
  }

  /** Newest first. */
  get versions(): readonly PolicyVersion[] {
    return this.#versions
  }

  find(version: string): PolicyVersion | undefined {
    return this.#versions.find((known) => known.version === version)
  }

  get text(): string | undefined {
    return this.#versions[0]?.text
  }

  /** Takes a policy record in; the sentence why not, when its text cannot be read. */
  apply(control: Control): string | undefined {
    const parsed = parsePolicy(control.body)
    if (parsed.kind === 'fault') return parsed.message
    const counter = Number(/^\d{1,9}/.exec(control.id)?.[0] ?? NaN)
    if (!Number.isSafeInteger(counter)) return `policy version ${control.id} has no number`
    if (counter < this.#active.counter) return undefined
    this.#active = activate(parsed.policy, counter, this.#addresses)
    const { actor, reason } = control
    const atMs = control.observedAt / 1000
    const { version } = this.#active
    const entry = { version, counter, actor, reason, atMs, text: control.body }
    const others = this.#versions.filter((known) => known.version !== version)
    this.#versions = [entry, ...others].slice(0, KEPT)
    return undefined
  }
}
