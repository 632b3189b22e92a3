import { decayNats, EVIDENCE_HALF_LIFE_MS } from '../../behaviour/decay.ts'
import { SUCCEEDED } from '../../behaviour/evidence/ssh-attempt.ts'
import { type Outcome } from '../../schemas/generated/records.ts'
import { TIME } from './layout.ts'
import { speak, type Moment } from './moment.ts'
import { proveGood } from './prove-good.ts'
import { sightTraits } from './traits-of.ts'
import { observeSshChallenges } from './ssh-challenges.ts'
import { observeTlsChecks } from './tls-check.ts'

/** A reported incident reaches the 0.1 % band by itself; more needs another voice. */
const INCIDENT_NATS = 6.9

/** What became of a client, as a gate, a data server or an operator tells; or that it was not so. */
export function observeOutcome(moment: Moment, outcome: Outcome): void {
  if (outcome.revokes !== null) {
    revoke(moment, outcome.revokes)
    return
  }
  const { client, pair } = moment
  const before = [client.copyFeatures(), pair?.copyFeatures()] as const
  const successMs = client.time(TIME.success)
  apply(moment, outcome)
  const effect = {
    atMs: moment.atMs,
    pairKey: moment.pairKey,
    client: changed(before[0], client.copyFeatures()),
    pair: changed(before[1], pair?.copyFeatures()),
    successMs,
  }
  const told = client.time(TIME.success) !== successMs
  if (!told && ![...effect.client, ...effect.pair].some((change) => change !== 0)) return
  const byPeople = outcome.result === 'incident' || outcome.result === 'false-positive'
  moment.outcomes.put(byPeople ? 'word' : 'login', outcome.eventId, moment, effect)
}

function apply(moment: Moment, outcome: Outcome): void {
  switch (outcome.result) {
    case 'false-positive':
      moment.sight('pattern', '', 'trusted')
      moment.client.clear()
      moment.pair?.clear()
      return
    case 'incident':
      speak(moment, 'incident', INCIDENT_NATS, 1)
      sightTraits(moment, true)
      return
    case 'failed':
    case 'completed':
  }
  if (moment.protocol === 'tls') observeTlsChecks(moment, outcome)
  else observeSshChallenges(moment, outcome)
  if (outcome.result === 'completed' && outcome.authenticated) {
    speak(moment, moment.protocol === 'tls' ? 't_authenticated' : 's_success', SUCCEEDED, 1)
    proveGood(moment)
  }
}

/**
 * Takes back what an outcome changed, as far as it has not faded since. What the population was told
 * of it stays: it is one client among many there, and fades by itself.
 */
function revoke(moment: Moment, id: Uint8Array): void {
  const { client, pair, protocol, atMs, outcomes } = moment
  const effect = outcomes.find(id, moment)
  if (effect === undefined) return
  outcomes.remove(id, moment)
  const reported = client.nats('incident') > 0
  const left = decayNats(1, atMs - effect.atMs, EVIDENCE_HALF_LIFE_MS[protocol])
  client.undo(effect.client, left)
  pair?.undo(effect.pair, left)
  if (reported && client.nats('incident') === 0) moment.sight('pattern', '', 'trusted')
  for (const profile of [client, pair]) {
    if (profile?.time(TIME.success) === effect.atMs) profile.setTime(TIME.success, effect.successMs)
  }
}

function changed(before: Float32Array | undefined, after: Float32Array | undefined): Float32Array {
  if (before === undefined || after === undefined) return new Float32Array()
  return after.map((value, i) => value - (before[i] ?? 0))
}
