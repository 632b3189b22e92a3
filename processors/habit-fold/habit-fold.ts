import { applicationOf, groupOf, isGroup, type Habit } from '../../behaviour/servers/group.ts'
import { clientEntity } from '../../lib/client-entity.ts'
import { type AnyRecord } from '../../lib/codec/codec.ts'
import { eventId } from '../../lib/event-id.ts'
import { habitKey } from '../../lib/record-key.ts'
import {
  type Outcome,
  type RecordName,
  type Served,
  type TlsHandshake,
} from '../../schemas/generated/records.ts'
import { EventClock } from '../client-fold/event-clock.ts'
import { type FoldOutput, type Withdrawal } from '../client-fold/fold-output.ts'
import { RecentIds } from '../population-fold/recent-ids.ts'
import { ByteReader } from '../state/byte-reader.ts'
import { ByteWriter } from '../state/byte-writer.ts'
import { ProfilePool } from '../state/profile-pool.ts'
import {
  joinedParts,
  loadBytes,
  partsOf,
  type PartLoader,
  type SavedPart,
} from '../state/saved-part.ts'
import { HABIT_WORDS, HabitProfile } from './habit-profile.ts'
import { SizeLearner } from './size-learner.ts'
import { SuccessMemory } from './success-memory.ts'
import { slownessOf, UsualSlowness } from './usual-slowness.ts'

const STATE_VERSION = 2
export const MOST_HABITS = 250_000
/** How a balancer names ends that the client caused: HAProxy's C and c (management guide 8.5). */
const BY_CLIENT = /^[Cc]/

type Event = TlsHandshake | Outcome

/**
 * Learns how each client uses the service, and judges with that how servers serve each group of
 * clients. Pure over event time. One partition's clients; what it tells goes by server to the server fold.
 */
export class HabitFold {
  readonly #habits: ProfilePool
  readonly #sizes = new SizeLearner()
  readonly #usual = new UsualSlowness()
  readonly #successes = new SuccessMemory()
  readonly #clock = new EventClock()
  readonly #recent = new RecentIds()
  /** Connections whose end was learned from. */
  readonly #ended = new RecentIds()
  #evicted: string[] = []

  constructor(most = MOST_HABITS) {
    this.#habits = new ProfilePool(HABIT_WORDS, most)
    this.#habits.onEviction = (key) => {
      this.#evicted.push(key)
    }
  }

  get size(): number {
    return this.#habits.size
  }

  /** `arrivedMs`: the log's clock when it took the record; without it the sensor's own word counts. */
  step(any: AnyRecord, arrivedMs?: number): readonly FoldOutput[] {
    if (any.type !== 'Outcome' && any.type !== 'TlsHandshake') return []
    const { record } = any
    const { sensor, site, observedAt, ingestedAt } = record
    const takenMs = arrivedMs ?? ingestedAt / 1000
    const timed = this.#clock.read(`${site}/${sensor}`, observedAt / 1000, takenMs)
    if (timed.kind !== 'on-time' || !this.#recent.add(record.eventId)) return []
    const made =
      any.type === 'Outcome'
        ? this.#outcome(any.record, timed.atMs)
        : this.#handshake(any.record, timed.atMs)
    return [...made, ...this.#over(timed.atMs)]
  }

  /** Forgets a client and tells so. */
  erase(client: string, atMs: number): readonly Withdrawal[] {
    const keys = [...this.#habits.keys()].filter(
      (key) => key === `ip:${client}` || key.startsWith(`ip-fp:${client}|`),
    )
    for (const key of keys) this.#habits.remove(key)
    return keys.map((key) => withdrawn(key, atMs))
  }

  #handshake(record: TlsHandshake, atMs: number): readonly FoldOutput[] {
    if (record.result !== 'finished' || !record.handshakeProven) return []
    return entitiesOf(record, record.stableKey).flatMap((entity, i) => {
      const profile = new HabitProfile(this.#habits, this.#habits.open(entity))
      profile.shook(record.rttMs, record.resumed, atMs)
      return this.#tell(record, entity, profile, i)
    })
  }

  #outcome(record: Outcome, atMs: number): readonly FoldOutput[] {
    if (record.result === 'false-positive') return []
    const { revokes, decisionId, connectionId } = record
    if (revokes !== null) return this.#takeBack([revokes], record)
    if (record.result === 'incident') return this.#takeBack([decisionId, connectionId], record)
    // Each tier of a balancer tells of the same connection: it is one.
    const id = connectionId ?? decisionId
    const first = id === null || this.#ended.add(id)
    const told = first ? this.#learn(record, atMs) : []
    const served = this.#served(record, atMs, first)
    return served === undefined
      ? told
      : [...told, { kind: 'record', type: 'Served', record: served }]
  }

  /** What a connection's end says of its client. */
  #learn(record: Outcome, atMs: number): readonly FoldOutput[] {
    const bytes = bytesOf(record)
    // A connection over which nothing was asked shows no habit.
    if (bytes === null || bytes === 0 || record.result !== 'completed') return []
    this.#sizes.observe(bytes)
    return entitiesOf(record, record.fingerprint).flatMap((entity, i) => {
      const profile = new HabitProfile(this.#habits, this.#habits.open(entity))
      profile.ended(bytes, record.durationMs, atMs)
      return this.#tell(record, entity, profile, i)
    })
  }

  /** What it says of the server; undefined where it says nothing of one. */
  #served(record: Outcome, atMs: number, first: boolean): Served | undefined {
    const { server, terminationState, latencyMs, objectiveMs, durationMs } = record
    if (server === null || server === '') return undefined
    const failed = record.result === 'failed'
    if (failed && BY_CLIENT.test(terminationState ?? '')) return undefined
    const group = this.#groupOf(record)
    const slowness = failed ? undefined : slownessOf(latencyMs, durationMs, bytesOf(record))
    const fit = failed ? 0 : slowness === undefined ? undefined : this.#usual.fitOf(group, slowness)
    if (slowness !== undefined) this.#usual.observe(group, slowness)
    const late = latencyMs !== null && objectiveMs !== null && latencyMs > objectiveMs
    const [entity] = entitiesOf(record, null)
    const profile = new HabitProfile(this.#habits, this.#habits.open(entity ?? ''))
    const weight = first ? profile.weightOfNext(atMs) : profile.weight(atMs)
    const verdict = failed || late ? 'failure' : 'success'
    const { observedAt, eventId: id } = record
    if (verdict === 'success') {
      const ids = [id, record.decisionId, record.connectionId]
      this.#successes.put(ids, { serverId: server, group, weight, since: observedAt })
    }
    const heard = { verdict, fit: fit ?? null, weight, since: observedAt } as const
    return { ...stamped(record, 'Served', 0), serverId: server, group, ...heard }
  }

  /** Once: an incident that is told again finds nothing any more. */
  #takeBack(ids: readonly (Uint8Array | null)[], record: Outcome): readonly FoldOutput[] {
    const success = this.#successes.take(ids)
    if (success === undefined) return []
    const verdict = 'taken-back'
    const served: Served = { ...stamped(record, 'Served', 0), ...success, verdict, fit: null }
    return [{ kind: 'record', type: 'Served', record: served }]
  }

  /** As the API chose by, where it remembers; else by what is known here, the risk left aside. */
  #groupOf(record: Outcome): string {
    if (record.group !== null && isGroup(record.group)) return record.group
    const habit = entitiesOf(record, record.fingerprint)
      .map((entity) => this.#habits.find(entity))
      .map((slot) => (slot === undefined ? undefined : this.#toldIn(slot)))
      .findLast((known) => known !== undefined)
    return groupOf(applicationOf(null, null), habit, false)
  }

  #toldIn(slot: number): Habit | undefined {
    return new HabitProfile(this.#habits, slot).told()
  }

  /** The habit as a record, when it is another than was told. */
  #tell(
    event: Event,
    entity: string,
    profile: HabitProfile,
    ordinal: number,
  ): readonly FoldOutput[] {
    const habit = profile.habit(this.#sizes.bounds)
    const before = profile.told()
    if (habit === undefined || (before !== undefined && same(habit, before))) return []
    profile.tell(habit)
    const asOf = event.observedAt
    const record = {
      ...stamped(event, 'Habit', ordinal),
      entity,
      ...habit,
      connections: profile.connections,
      asOf,
    }
    return [{ kind: 'record', type: 'Habit', record }]
  }

  #parts() {
    return [this.#sizes, this.#usual, this.#successes, this.#clock, this.#recent, this.#ended]
  }

  #over(atMs: number): readonly Withdrawal[] {
    if (this.#evicted.length === 0) return []
    const keys = this.#evicted
    this.#evicted = []
    return keys.map((key) => withdrawn(key, atMs))
  }

  save(): Iterable<SavedPart> {
    const to = new ByteWriter()
    to.u32(STATE_VERSION)
    for (const part of this.#parts()) part.save(to)
    return joinedParts([
      ['rest', partsOf('bytes', to.finish())],
      ['habits', this.#habits.save()],
    ])
  }

  /** Fills a new fold. Throws RangeError on a state of another version: replay from the log then. */
  *load(): PartLoader {
    const from = new ByteReader(yield* loadBytes())
    const version = from.u32()
    if (version !== STATE_VERSION) throw new RangeError(`state version ${version}`)
    for (const part of this.#parts()) part.load(from)
    yield* this.#habits.load()
  }
}

/** The client, and the client with its program: the API asks for the second first. */
function entitiesOf({ clientAddress }: Event, fingerprint: string | null): readonly string[] {
  const client = clientEntity(clientAddress)
  return fingerprint === null
    ? [`ip:${client}`]
    : [`ip:${client}`, `ip-fp:${client}|${fingerprint}`]
}

function bytesOf({ bytesIn, bytesOut }: Outcome): number | null {
  return bytesIn === null && bytesOut === null ? null : (bytesIn ?? 0) + (bytesOut ?? 0)
}

function stamped(
  { eventId: id, observedAt, ingestedAt, site }: Event,
  type: RecordName,
  ordinal: number,
) {
  return { eventId: eventId(type, id, ordinal), observedAt, ingestedAt, sensor: 'habit-fold', site }
}

function withdrawn(entity: string, atMs: number): Withdrawal {
  return { kind: 'withdraw', topic: 'population', key: habitKey(entity), atMs }
}

function same(a: Habit, b: Habit): boolean {
  return a.size === b.size && a.pace === b.pace && a.resumption === b.resumption
}
