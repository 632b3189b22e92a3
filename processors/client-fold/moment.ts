import { type Evidence } from '../../behaviour/evidence/evidence.ts'
import { featureOf, FEATURES, type FeatureId } from '../../behaviour/evidence/features.ts'
import { type PopulationView, type Protocol } from '../../behaviour/population-view.ts'
import { type Sighting } from '../../schemas/generated/records.ts'
import { type JudgedProfile } from './judged-profile.ts'
import { type Lists } from './lists.ts'
import { type OutcomeMemory } from './outcome-memory.ts'

/** One event about to move the profiles it is about. */
export interface Moment {
  /** Client entity. */
  readonly name: string
  readonly protocol: Protocol
  readonly site: string
  /** Event time, milliseconds. */
  readonly atMs: number
  readonly client: JudgedProfile
  /** The client with its fingerprint, where that is known. */
  readonly pair: JudgedProfile | undefined
  readonly pairKey: string | undefined
  readonly population: PopulationView
  readonly lists: Lists
  readonly outcomes: OutcomeMemory
  /** Running counts over the client's nonces (behaviour/models/nonce-battery). */
  readonly nonces: () => Uint32Array
  /** Tells the population. */
  sight(kind: Sighting['kind'], key: string, verdict: Sighting['verdict']): void
}

/** Adds or raises a feature on the client and on the client with its fingerprint. */
export function speak(moment: Moment, feature: FeatureId, nats: number, value: number): void {
  for (const profile of [moment.client, moment.pair]) {
    if (profile === undefined) continue
    if (FEATURES[feature].repeats === 'once') {
      profile.raise(feature, nats, value)
    } else profile.add(feature, nats, value)
  }
}

/** Evidence of the handshake in hand, by the functions the routing API uses as well. */
export function speakAll(moment: Moment, evidence: readonly Evidence[]): void {
  for (const { feature, nats, value } of evidence) {
    if (isFeature(feature)) speak(moment, feature, nats, value)
  }
}

function isFeature(id: string): id is FeatureId {
  return featureOf(id) !== undefined
}
