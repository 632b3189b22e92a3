import { type Band } from '../../behaviour/scoring/score-map.ts'
import { type Reason } from '../../schemas/generated/records.ts'
import { rulesOf, sshPolicyOf } from '../policy/active-policy.ts'
import { bandBy } from '../policy/band-by.ts'
import { judgeClient, type ClientFacts, type Verdict } from './client-verdict.ts'
import { type DecisionView } from './decision-view.ts'
import { reason } from './reason.ts'

export type SshAction = 'pass' | 'challenge' | 'step-up' | 'terminate'

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
  /** The server's KEXINIT is held back this long, milliseconds. */
  readonly delayMs: number
  readonly reasons: readonly Reason[]
}

/** What the client brings beside itself. */
export interface SshClient {
  /** It can answer challenges before its key exchange. */
  readonly aware: boolean
  /** It solved a sequence lately, and the pass it got is good at this risk. */
  readonly hasPass: (risk: number, band: Band) => boolean
}

/** Decides for one SSH connection, before anything is asked. */
export function decideSshConnection(
  facts: ClientFacts,
  listener: string,
  client: SshClient,
  view: DecisionView,
): SshDecision {
  const verdict = judgeClient(facts, view)
  const ssh = sshPolicyOf(view.policy, listener)
  const { shadow, threshold } = rulesOf(view.policy, listener, 'ssh')
  const band = bandBy(ssh.bands, verdict.score)
  const judged = actionOf(verdict, band, client, view)
  // Shadow holds back the engine's judgement; an operator's own word is not a judgement.
  const action = shadow && verdict.word === 'none' ? 'pass' : judged.action
  const reasons = [...verdict.reasons]
  if (judged.because !== undefined) reasons.push(reason(judged.because))
  if (action !== judged.action) reasons.push(reason('shadow'))
  return {
    verdict,
    risk: verdict.score,
    band,
    action,
    wouldBe: judged.action,
    shadow,
    threshold,
    delayMs: judged.braked === true && action === judged.action && !shadow ? ssh.brakeMs : 0,
    reasons,
  }
}

interface Judged {
  readonly action: SshAction
  readonly because?: 'challenge-pass' | 'brake'
  readonly braked?: boolean
}

function actionOf(verdict: Verdict, band: Band, client: SshClient, view: DecisionView): Judged {
  if (verdict.word === 'deny') return { action: 'terminate' }
  if (verdict.word !== 'none') return { action: 'pass' }
  if (verdict.fault !== null && band === 'low') {
    return { action: view.policy.settings.failStatic.action }
  }
  if (band === 'critical') return { action: 'terminate' }
  if (band !== 'low' && client.hasPass(verdict.score, band)) {
    return { action: 'pass', because: 'challenge-pass' }
  }
  if (client.aware) return { action: 'challenge' }
  if (band === 'low') return { action: 'pass' }
  // rsync, git and ansible that logged in before must live: they wait, and are asked nothing.
  if (band === 'medium' && verdict.recentLogin === 'pair') {
    return { action: 'pass', because: 'brake', braked: true }
  }
  return { action: 'step-up' }
}

/** What a refused person reads. */
export function refusal(template: string, code: string): string {
  return template.replaceAll('{code}', code)
}
