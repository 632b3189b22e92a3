import { type Band } from '../../behaviour/scoring/score-map.ts'
import { type Reason } from '../../schemas/generated/records.ts'
import { rulesOf } from '../policy/active-policy.ts'
import { type Policy } from '../policy/policy.ts'
import { judgeClient, type ClientFacts, type Verdict } from './client-verdict.ts'
import { type DecisionView } from './decision-view.ts'
import { reason } from './reason.ts'

export type SshAction = 'pass' | 'challenge' | 'step-up' | 'terminate'
export type ChallengeKind = 'mac' | 'puzzle' | 'question' | 'device'

/** What the SSH gate does with a connection, and why. */
export interface SshDecision {
  readonly verdict: Verdict
  readonly risk: number
  readonly band: Band
  /** As answered. */
  readonly action: SshAction
  /** The answer if the listener were not in shadow. */
  readonly wouldBe: SshAction
  readonly shadow: boolean
  readonly threshold: number
  /** What the client must pass, in order; empty unless the action is challenge. */
  readonly challenges: readonly ChallengeKind[]
  /** What a refused person reads; undefined unless the action is terminate. */
  readonly message: string | undefined
  readonly reasons: readonly Reason[]
}

/** Decides for one SSH connection. `aware` says that the client can answer challenges. */
export function decideSshConnection(
  facts: ClientFacts,
  listener: string,
  aware: boolean,
  view: DecisionView,
): SshDecision {
  const verdict = judgeClient(facts, view)
  const { ssh } = view.policy.settings
  const { shadow, threshold } = rulesOf(view.policy, listener, 'ssh')
  const band = bandBy(ssh.bands, verdict.score)
  const wouldBe = actionOf(verdict, band, aware, view)
  // Shadow holds back the engine's judgement; an operator's own word is not a judgement.
  const action = shadow && verdict.word === 'none' ? 'pass' : wouldBe
  const reasons = [...verdict.reasons]
  if (action !== wouldBe) reasons.push(reason('shadow'))
  return {
    verdict,
    risk: verdict.score,
    band,
    action,
    wouldBe,
    shadow,
    threshold,
    challenges: action === 'challenge' && band !== 'critical' ? ssh.challenges[band] : [],
    message:
      action === 'terminate' ? refusal(ssh.refusal, reasons[0]?.code ?? 'unknown') : undefined,
    reasons,
  }
}

function actionOf(verdict: Verdict, band: Band, aware: boolean, view: DecisionView): SshAction {
  if (verdict.word === 'deny') return 'terminate'
  if (verdict.word !== 'none') return 'pass'
  if (verdict.fault !== null && band === 'low') return view.policy.settings.failStatic.action
  switch (band) {
    case 'critical':
      return 'terminate'
    case 'high':
    case 'medium':
      return aware ? 'challenge' : 'step-up'
    case 'low':
      return aware && view.policy.settings.ssh.challenges.low.length > 0 ? 'challenge' : 'pass'
  }
}

/** Bands as the policy draws them: [0,medium) low, ... above critical critical. */
export function bandBy(bands: Policy['ssh']['bands'], risk: number): Band {
  if (risk > bands.critical) return 'critical'
  if (risk >= bands.high) return 'high'
  return risk >= bands.medium ? 'medium' : 'low'
}

function refusal(template: string, code: string): string {
  return template.replaceAll('{code}', code)
}
