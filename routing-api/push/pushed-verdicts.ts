import { parseAddress } from '../../lib/client-entity.ts'
import { type DecisionView } from '../decisions/decision-view.ts'
import { decideHandshake } from '../decisions/decide-handshake.ts'
import { type ListEntry } from '../lists/operator-lists.ts'

/** What verdicts are made from; the API's own state. */
export interface PushedFrom {
  view(nowMs: number): DecisionView
  readonly scores: {
    ofClient(client: string): readonly string[]
    find(entity: string): { readonly lastSuccessAtMs: number | null } | undefined
  }
  readonly lists: { entries(list: 'allow' | 'deny'): Iterable<ListEntry> }
}

export interface PushLimits {
  /** Entries held; clients beyond are asked for, as unknown ones are. */
  readonly most: number
  /** Clients waiting to be judged anew. */
  readonly mostDirty: number
  /** Of those held, how many are judged anew at each look: scores decay. */
  readonly perLook: number
}

export const PUSH_LIMITS: PushLimits = { most: 20_000, mostDirty: 50_000, perLook: 2_000 }

/** Keys as HAProxy's `map_ip` takes them: an address or a prefix. */
export interface PushChanges {
  readonly added: readonly string[]
  readonly removed: readonly string[]
  /** Operators said something since the last look: everything is to be pushed anew. */
  readonly anew: boolean
}

/**
 * The clients that a balancer need not ask for: those that go to the mitigation pool by their address
 * alone, whatever they present. Who is shared, proved himself with any program, or is only known by a
 * fingerprint is asked for as before.
 */
export class PushedVerdicts {
  readonly #from: PushedFrom
  readonly #listener: string
  readonly #limits: PushLimits
  readonly #held = new Set<string>()
  readonly #dirty = new Set<string>()
  #turn: readonly string[] = []
  #dropped = 0
  #ruled = false

  constructor(from: PushedFrom, listener: string, limits: PushLimits = PUSH_LIMITS) {
    this.#from = from
    this.#listener = listener
    this.#limits = limits
  }

  get size(): number {
    return this.#held.size
  }

  /** Clients that had no room. */
  get dropped(): number {
    return this.#dropped
  }

  /** A score of this entity came or went. */
  heard(entity: string): void {
    const client = clientOf(entity)
    if (client === undefined) return
    if (this.#dirty.size >= this.#limits.mostDirty && !this.#dirty.has(client)) {
      this.#dropped += 1
      return
    }
    this.#dirty.add(client)
  }

  /** Operators said something: lists and policy may be others. */
  ruled(): void {
    this.#ruled = true
  }

  /** Judges who was heard of, and some of those held. */
  look(nowMs: number): PushChanges {
    const added: string[] = []
    const removed: string[] = []
    const view = this.#from.view(nowMs)
    for (const client of [...this.#dirty, ...this.#nextHeld()]) {
      const held = this.#held.has(client)
      if (this.#isMoved(client, view, nowMs)) {
        if (held) continue
        if (this.#held.size >= this.#limits.most) this.#dropped += 1
        else {
          this.#held.add(client)
          added.push(client)
        }
      } else if (held) {
        this.#held.delete(client)
        removed.push(client)
      }
    }
    this.#dirty.clear()
    const anew = this.#ruled
    this.#ruled = false
    return { added, removed, anew }
  }

  /** Everything to be pushed, with what operators said: `moved` is to be served by mitigation, `asked` not. */
  all(nowMs: number): { readonly moved: readonly string[]; readonly asked: readonly string[] } {
    const current = (list: 'allow' | 'deny'): readonly string[] => {
      const found: string[] = []
      for (const { cidr, untilMs } of this.#from.lists.entries(list)) {
        if (found.length >= this.#limits.most) break
        if (untilMs === null || nowMs < untilMs) found.push(cidr)
      }
      return found
    }
    return { moved: [...this.#held, ...current('deny')], asked: current('allow') }
  }

  #nextHeld(): readonly string[] {
    if (this.#turn.length === 0) this.#turn = [...this.#held]
    const some = this.#turn.slice(0, this.#limits.perLook)
    this.#turn = this.#turn.slice(this.#limits.perLook)
    return some
  }

  #isMoved(client: string, view: DecisionView, nowMs: number): boolean {
    const address = parseAddress(client.split('/', 1)[0] ?? '')
    if (address === undefined || view.freshness.kind !== 'current') return false
    const { scores } = this.#from
    const proven = scores
      .ofClient(client)
      .some((entity) => (scores.find(entity)?.lastSuccessAtMs ?? null) !== null)
    if (proven) return false
    const facts = { address, protocol: 'tls', fingerprint: null, inHand: [] } as const
    const question = {
      facts: { ...facts, serverAddress: null, nowMs },
      ...{ listener: this.#listener, serverName: null, place: undefined },
    }
    const { pool, verdict } = decideHandshake(question, view, () => 0)
    return pool === 'mitigation' && verdict.decidedBy === 'ip'
  }
}

/** The client of `ip:X#tls` and `ip-fp:X|Y#tls`; undefined for what is no client of TLS. */
function clientOf(entity: string): string | undefined {
  if (!entity.endsWith('#tls')) return undefined
  if (entity.startsWith('ip:')) return entity.slice(3, -4)
  if (!entity.startsWith('ip-fp:')) return undefined
  const bar = entity.indexOf('|')
  return bar < 0 ? undefined : entity.slice(6, bar)
}
