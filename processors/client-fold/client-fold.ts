import { ipEntity, netOf } from '../../behaviour/entity.ts'
import { type PopulationView, type Protocol } from '../../behaviour/population-view.ts'
import { type AnyRecord } from '../../lib/codec/codec.ts'
import { firstWord } from '../../lib/hash-words.ts'
import { ByteReader } from '../state/byte-reader.ts'
import { ByteWriter } from '../state/byte-writer.ts'
import { SeenLately } from '../state/seen-lately.ts'
import { ProfilePool } from '../state/profile-pool.ts'
import { pairSlotOf } from './connections.ts'
import {
  joinedParts,
  loadBytes,
  partsOf,
  type PartLoader,
  type SavedPart,
} from '../state/saved-part.ts'
import { Emission } from './emission.ts'
import { EventClock } from './event-clock.ts'
import { Expiry } from './expiry.ts'
import { factsOf, isClientEvent, type ClientEvent, type EventFacts } from './event-facts.ts'
import { type FoldOutput, type Unmoved } from './fold-output.ts'
import { JudgedProfile } from './judged-profile.ts'
import { CLIENT_WORDS, JUDGED_WORDS, RING, STATE_VERSION, TIME } from './layout.ts'
import { type Lists } from './lists.ts'
import { type Moment } from './moment.ts'
import { observe } from './observe.ts'
import { NoncePools } from './nonce-pools.ts'
import { OutcomeMemory } from './outcome-memory.ts'
import { ringFind, ringPut } from './ring.ts'
import { UnprovenFilter } from './unproven-filter.ts'

const DAY_MS = 86_400_000
/**
 * Newest events of a partition, at least, that count once however often they are appended. What comes
 * again after more of them still counts once while it is among its client's own newest eight.
 */
const SEEN_LATELY = 32_768
/** One client in this many has its nonces tested: most come once. */
const NONCE_SHARE = 5

/** What the folds of all partitions share. */
export interface SharedKnowledge {
  readonly population: PopulationView
  readonly lists: Lists
}

export interface FoldLimits {
  /** Profiles of clients, and of clients with one fingerprint, at most. */
  readonly clients: number
  readonly pairs: number
}

export const DEFAULT_LIMITS: FoldLimits = { clients: 250_000, pairs: 250_000 }

/**
 * The first fold, of one partition: events of clients in their order → scores and sightings. It reads
 * no clock and draws nothing: the same state and the same records give the same outputs.
 */
export class ClientFold {
  readonly #knowledge: SharedKnowledge
  /** By protocol: what one protocol needs costs the other nothing, and floods push out their own. */
  readonly #clients: Readonly<Record<Protocol, ProfilePool>>
  readonly #pairs: ProfilePool
  readonly #nonces: NoncePools
  readonly #clock = new EventClock()
  readonly #unproven = new UnprovenFilter()
  readonly #outcomes = new OutcomeMemory()
  readonly #seen = new SeenLately(SEEN_LATELY)
  readonly #unmoved = new Map<Unmoved, number>()
  readonly #expiry: Expiry

  constructor(knowledge: SharedKnowledge, limits: FoldLimits = DEFAULT_LIMITS) {
    this.#knowledge = knowledge
    this.#clients = {
      tls: new ProfilePool(CLIENT_WORDS.tls, limits.clients),
      ssh: new ProfilePool(CLIENT_WORDS.ssh, limits.clients),
    }
    this.#pairs = new ProfilePool(JUDGED_WORDS, limits.pairs)
    this.#expiry = new Expiry({ ...this.#clients, pairs: this.#pairs })
    this.#nonces = new NoncePools(Math.ceil(limits.clients / NONCE_SHARE))
  }

  /** Events that moved no score, by reason, since the fold was made. */
  get unmoved(): ReadonlyMap<Unmoved, number> {
    return this.#unmoved
  }

  get sizes(): { readonly clients: number; readonly pairs: number; readonly evictions: number } {
    const { tls, ssh } = this.#clients
    const evictions = tls.evictions + ssh.evictions + this.#pairs.evictions
    return { clients: tls.size + ssh.size, pairs: this.#pairs.size, evictions }
  }

  /** `arrivedMs`: the log's clock when it took the record; without it the sensor's own word counts. */
  step(any: AnyRecord, arrivedMs?: number): readonly FoldOutput[] {
    if (!isClientEvent(any)) return this.#leave('other-topic')
    const { sensor, site, observedAt, ingestedAt, clientAddress } = any.record
    if (this.#knowledge.lists.isMachinery(clientAddress)) return this.#leave('own-machinery')
    const takenMs = arrivedMs ?? ingestedAt / 1000
    const timed = this.#clock.read(`${site}/${sensor}`, observedAt / 1000, takenMs)
    const emission = new Emission(any)
    if (timed.kind === 'refused') {
      this.#leave('clock-ahead')
      return emission.refuse(timed.aheadMs, timed.alert)
    }
    if (timed.kind === 'late') return this.#leave('late')
    if (timed.alert) emission.alertClock(timed.aheadMs)
    const facts = factsOf(any)
    if (!any.record.handshakeProven && any.type !== 'Outcome') {
      this.#sightUnproven(any, facts, timed.atMs, emission)
      return emission.outputs
    }
    if (!this.#seen.add(any.record.eventId)) return this.#leave('duplicate')
    const over = this.#expiry.sweep(timed.atMs)
    if (this.#knowledge.lists.allows(clientAddress, timed.atMs)) {
      this.#leave('allowed')
      return over
    }
    const ofProtocols = this.#protocolsOf(any, facts)
    for (const protocol of ofProtocols) {
      this.#move(any, { ...facts, protocol }, timed.atMs, emission)
    }
    return over.length === 0 ? emission.outputs : [...over, ...emission.outputs]
  }

  /** Forgets a client: all of its profiles, and tells to withdraw its scores. */
  erase(client: string, atMs: number): readonly FoldOutput[] {
    const entities: string[] = []
    for (const protocol of ['tls', 'ssh'] as const) {
      const pool = this.#clients[protocol]
      if (pool.find(client) !== undefined) entities.push(ipEntity(client, protocol))
      pool.remove(client)
      this.#nonces.remove(protocol, client)
    }
    const pairs = [...this.#pairs.keys()].filter((key) => key.startsWith(`${client}|`))
    for (const key of pairs) {
      this.#pairs.remove(key)
      entities.push(`ip-fp:${key}`)
    }
    return entities.map((key) => ({ kind: 'withdraw', topic: 'scores', key, atMs }))
  }

  /** All of it as of this call; the fold can go on while the parts are taken. */
  save(): Iterable<SavedPart> {
    const to = new ByteWriter()
    to.u32(STATE_VERSION)
    this.#clock.save(to)
    this.#unproven.save(to)
    this.#outcomes.save(to)
    this.#expiry.save(to)
    this.#seen.save(to)
    return joinedParts([
      ['rest', partsOf('bytes', to.finish())],
      ['tls', this.#clients.tls.save()],
      ['ssh', this.#clients.ssh.save()],
      ['pairs', this.#pairs.save()],
      ['nonces', this.#nonces.save()],
    ])
  }

  /** Fills a new fold. Throws RangeError on a state of another version: replay from the log then. */
  *load(): PartLoader {
    const from = new ByteReader(yield* loadBytes())
    const version = from.u32()
    if (version !== STATE_VERSION) throw new RangeError(`state version ${version}`)
    this.#clock.load(from)
    this.#unproven.load(from)
    this.#outcomes.load(from)
    this.#expiry.load(from)
    this.#seen.load(from)
    yield* this.#clients.tls.load()
    yield* this.#clients.ssh.load()
    yield* this.#pairs.load()
    yield* this.#nonces.load()
  }

  /** An outcome that names no fingerprint concerns whatever is known of the address. */
  #protocolsOf(event: ClientEvent, { client, protocol }: EventFacts): readonly Protocol[] {
    if (event.type !== 'Outcome' || event.record.fingerprint !== null) return [protocol]
    const known = (['tls', 'ssh'] as const).filter(
      (name) => this.#clients[name].find(client) !== undefined,
    )
    return known.length === 0 ? [protocol] : known
  }

  #move(event: ClientEvent, facts: EventFacts, atMs: number, emission: Emission): void {
    const { client: name, protocol } = facts
    const client = this.#open(this.#clients[protocol], name, protocol, atMs)
    const id = [firstWord(event.record.eventId), firstWord(event.record.eventId.subarray(4))]
    if (ringFind(client, RING.events, ...id) !== undefined) {
      this.#leave('duplicate')
      return
    }
    ringPut(client, RING.events, id)
    const pairKey = this.#pairKey(event, facts, client)
    const pair =
      pairKey === undefined ? undefined : this.#open(this.#pairs, pairKey, protocol, atMs)
    const { population, lists } = this.#knowledge
    const moment: Moment = {
      name,
      protocol,
      site: event.record.site,
      atMs,
      client,
      pair,
      pairKey,
      population,
      lists,
      outcomes: this.#outcomes,
      nonces: () => this.#nonces.open(protocol, name),
      sight: (kind, key, verdict) => {
        emission.sight({ kind, key, verdict, protocol, client: name, proven: true })
      },
    }
    observe(moment, event)
    this.#keepGood(moment)
    emission.conclude(moment, name)
  }

  #open(pool: ProfilePool, key: string, protocol: Protocol, atMs: number): JudgedProfile {
    const profile = new JudgedProfile(pool, pool.open(key), protocol)
    profile.advance(atMs)
    return profile
  }

  /** The pair by the event's fingerprint, or by the port of a connection whose greeting was seen. */
  #pairKey(event: ClientEvent, facts: EventFacts, client: JudgedProfile): string | undefined {
    if (facts.fingerprint !== null) {
      return `${facts.client}|${facts.fingerprint}#${facts.protocol}`
    }
    if (event.type === 'Outcome' && event.record.revokes !== null) {
      return this.#outcomes.find(event.record.revokes, {
        name: facts.client,
        protocol: facts.protocol,
      })?.pairKey
    }
    if (event.type !== 'SshAuthAttempt' || event.record.clientPort === 0) return undefined
    const key = this.#pairs.keyOf(pairSlotOf(client, event.record.clientPort) - 1)
    return key?.startsWith(`${facts.client}|`) === true ? key : undefined
  }

  /** Proven good, or known for a day: no flood of newcomers pushes it out. */
  #keepGood({ client, pair, protocol, atMs }: Moment): void {
    for (const [pool, profile] of [
      [this.#clients[protocol], client],
      [this.#pairs, pair],
    ] as const) {
      if (profile === undefined) continue
      const old = atMs - profile.time(TIME.first) >= DAY_MS
      if (old || profile.time(TIME.success) > 0) pool.protect(profile.slot)
    }
  }

  #sightUnproven(event: ClientEvent, facts: EventFacts, atMs: number, emission: Emission): void {
    this.#leave('unproven')
    if (event.type !== 'TlsHello' && event.type !== 'SshConnection') return
    const { client, protocol, fingerprint } = facts
    if (fingerprint === null) return
    if (!this.#unproven.passes(netOf(client), fingerprint, Math.floor(atMs / DAY_MS))) return
    emission.sight({
      kind: 'fp',
      key: fingerprint,
      verdict: 'seen',
      protocol,
      client,
      proven: false,
    })
  }

  #leave(reason: Unmoved): readonly FoldOutput[] {
    this.#unmoved.set(reason, (this.#unmoved.get(reason) ?? 0) + 1)
    return []
  }
}
