import { PopulationTable } from '../../behaviour/population-table.ts'
import { type AnyRecord, type Codec } from '../../lib/codec/codec.ts'
import { type StoredRecord } from '../../lib/event-log.ts'
import { type Metrics } from '../../lib/metrics.ts'
import { entityOfHabit, patternOfKey, serverOfReputation } from '../../lib/record-key.ts'
import { CLEAR_ADDRESSES, type AddressMap } from '../../lib/pseudonym.ts'
import { type Control } from '../../schemas/generated/records.ts'
import { ClientPasses } from '../challenges/client-passes.ts'
import { type DecisionView, type Freshness } from '../decisions/decision-view.ts'
import { EnrolmentStore } from '../enrolments/enrolment-store.ts'
import { Tries } from '../enrolments/tries.ts'
import { OperatorLists } from '../lists/operator-lists.ts'
import { type ActivePolicy } from '../policy/active-policy.ts'
import { PolicyHistory } from '../policy/policy-history.ts'
import { ScoreTable, type ScoreTableLimits, DEFAULT_LIMITS } from './score-table.ts'
import { HabitTable } from './habit-table.ts'
import { PatternTable } from './pattern-table.ts'
import { ReputationTable } from './reputation-table.ts'
import { ServerRegistry } from './server-registry.ts'

/** Topics whose newest records are the API's state. */
export const STATE_TOPICS = ['control', 'servers', 'population', 'scores'] as const

/** What is known, in memory, from the compacted topics. Everything is bounded; what has no room is counted. */
export class ApiState {
  readonly scores: ScoreTable
  readonly population = new PopulationTable()
  readonly lists = new OperatorLists()
  readonly policies: PolicyHistory
  readonly servers = new ServerRegistry()
  readonly reputations = new ReputationTable()
  readonly habits = new HabitTable()
  readonly patterns = new PatternTable()
  readonly enrolments = new EnrolmentStore()
  readonly tries = new Tries()
  readonly passes = new ClientPasses()
  readonly #codec: Codec
  readonly #key: string
  readonly #metrics: Metrics
  #caughtUp = false
  #outOfReachSinceMs: number | undefined

  /** `key`: of the thresholds of clients (decisions/own-threshold.ts). */
  constructor(
    codec: Codec,
    metrics: Metrics,
    addresses: AddressMap = CLEAR_ADDRESSES,
    limits: ScoreTableLimits = DEFAULT_LIMITS,
    key = '',
  ) {
    this.#codec = codec
    this.#key = key
    this.#metrics = metrics
    this.policies = new PolicyHistory(addresses)
    this.scores = new ScoreTable(codec, limits)
  }

  get ready(): boolean {
    return this.#caughtUp
  }

  get policy(): ActivePolicy {
    return this.policies.active
  }

  /** Everything that was in the log has been read: from the first time on heartbeats can be heard. */
  caughtUp(nowMs: number): void {
    if (!this.#caughtUp) this.servers.listening(nowMs)
    this.#caughtUp = true
    this.#outOfReachSinceMs = undefined
  }

  /** The log cannot be reached: what is known grows old. */
  outOfReach(nowMs: number): void {
    this.#outOfReachSinceMs ??= nowMs
  }

  reached(): void {
    this.#outOfReachSinceMs = undefined
  }

  view(nowMs: number): DecisionView {
    const { scores, population, lists, servers, reputations, habits, policy } = this
    const freshness = this.#freshness(nowMs)
    const known = { scores, population, lists, servers, reputations, habits, policy }
    return { ...known, freshness, key: this.#key }
  }

  /** Takes one record of a state topic in. */
  apply(stored: StoredRecord): void {
    if (stored.value === null) {
      this.#forget(stored)
      return
    }
    const decoded = this.#codec.decode(stored.value)
    if (decoded.kind === 'reject') {
      this.#drop(stored.topic, decoded.code)
      return
    }
    const full = this.#applyRecord(decoded, stored.value)
    if (full !== undefined) this.#drop(stored.topic, full)
  }

  /** Why the record was not taken in, if it was not. */
  #applyRecord(any: AnyRecord, encoded: Uint8Array): string | undefined {
    if (any.type === 'Score') {
      const became = this.scores.put(any.record, encoded)
      return became === 'stored' ? undefined : became
    }
    if (any.type === 'Population') return this.population.apply(any.record) ? undefined : 'full'
    if (any.type === 'Server') return this.servers.apply(any.record) ? undefined : 'full'
    if (any.type === 'Reputation') return this.reputations.apply(any.record) ? undefined : 'full'
    if (any.type === 'AttackPattern') return this.patterns.apply(any.record) ? undefined : 'full'
    if (any.type === 'Habit') {
      this.habits.apply(any.record)
      return undefined
    }
    if (any.type !== 'Control') return 'unexpected-type'
    this.applyControl(any.record)
    return undefined
  }

  /** Takes an operator's word in; the sentence why not, when it cannot be. */
  applyControl(control: Control): string | undefined {
    switch (control.kind) {
      case 'allow':
      case 'deny':
      case 'decoy':
        if (this.lists.apply(control.kind, control)) return undefined
        this.#drop('control', 'list-entry')
        return `${control.kind} ${control.id} could not be taken in`
      case 'policy': {
        const fault = control.deleted ? undefined : this.policies.apply(control)
        if (fault !== undefined) this.#drop('control', 'policy')
        this.servers.configure(this.policy.settings.servers, control.observedAt / 1000)
        return fault
      }
      case 'erasure':
        this.erase(control.id)
        return undefined
      case 'consent':
        return this.#told('consent', this.enrolments.applyConsent(control))
      case 'enrolment':
        return this.#told('enrolment', this.enrolments.applyEnrolment(control))
      case 'pass':
        return this.#told('pass', this.passes.apply(control))
      case 'tries':
        return this.#told('tries', this.tries.apply(control))
      case 'model':
      case 'feedback':
        return undefined
    }
  }

  #told(kind: Control['kind'], taken: boolean): string | undefined {
    if (taken) return undefined
    this.#drop('control', kind)
    return `${kind} could not be taken in: no room, or not readable`
  }

  /** Forgets every score of a client entity; the count of what was forgotten. */
  erase(client: string): number {
    const entities = this.scores.ofClient(client)
    for (const entity of entities) this.scores.delete(entity)
    this.habits.erase(client)
    return entities.length
  }

  #forget(stored: StoredRecord): void {
    const { topic, key } = stored
    if (topic === 'scores') this.scores.delete(key)
    if (topic === 'population') this.#forgetOfPopulation(key)
    if (topic === 'servers') {
      const server = serverOfReputation(key)
      if (server === undefined) this.servers.remove(key)
      else this.reputations.remove(server)
    }
    if (topic === 'control') this.forgetControl(key)
  }

  #forgetOfPopulation(key: string): void {
    const [entity, pattern] = [entityOfHabit(key), patternOfKey(key)]
    if (entity !== undefined) this.habits.remove(entity)
    else if (pattern !== undefined) this.patterns.remove(pattern)
    else this.population.remove(key)
  }

  /** Forgets what a deleted `kind/id` of the control topic told; what an operator withdraws is said by a record. */
  forgetControl(key: string): void {
    const slash = key.indexOf('/')
    const [kind, id] = [key.slice(0, slash), key.slice(slash + 1)]
    if (kind === 'pass') this.passes.remove(id)
    if (kind === 'tries') this.tries.remove(id)
    if (kind === 'enrolment') this.enrolments.removeEnrolment(id)
    if (kind === 'consent') this.enrolments.removeConsent(id)
  }

  #freshness(nowMs: number): Freshness {
    if (!this.#caughtUp) return { kind: 'not-caught-up' }
    if (this.#outOfReachSinceMs === undefined) return CURRENT
    const ageMs = nowMs - this.#outOfReachSinceMs
    const { staleAfterS } = this.policy.settings.failStatic
    return ageMs > staleAfterS * 1000 ? { kind: 'stale', ageMs } : CURRENT
  }

  #drop(topic: string, reason: string): void {
    this.#metrics.count('dropped_total', 1, { stage: 'routing-api', topic, reason })
  }
}

const CURRENT: Freshness = { kind: 'current' }
