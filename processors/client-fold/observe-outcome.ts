import { SUCCEEDED } from '../../behaviour/evidence/ssh-attempt.ts'
import { type Outcome } from '../../schemas/generated/records.ts'
import { speak, type Moment } from './moment.ts'
import { proveGood } from './prove-good.ts'

/** A reported incident reaches the 0.1 % band by itself; more needs another voice. */
const INCIDENT_NATS = 6.9
const CHALLENGE_PASSED = -1.5
/** Solving challenges never buys more than this (architecture 6.5). */
const CHALLENGE_MOST = -2.5

/** What became of a client, as a gate, a data server or an operator tells. */
export function observeOutcome(moment: Moment, outcome: Outcome): void {
  if (outcome.revokes !== null) return
  switch (outcome.result) {
    case 'false-positive':
      moment.client.clear()
      moment.pair?.clear()
      return
    case 'incident':
      speak(moment, 'incident', INCIDENT_NATS, 1)
      return
    case 'failed':
    case 'completed':
  }
  const passed = outcome.challenges.filter(({ result }) => result === 'passed').length
  const { pair } = moment
  if (passed > 0 && pair !== undefined) {
    const room = Math.min(0, CHALLENGE_MOST - pair.nats('challenge'))
    pair.add('challenge', Math.max(passed * CHALLENGE_PASSED, room), passed)
  }
  if (outcome.result === 'completed' && outcome.authenticated) {
    speak(moment, moment.protocol === 'tls' ? 't_authenticated' : 's_success', SUCCEEDED, 1)
    proveGood(moment)
  }
}
