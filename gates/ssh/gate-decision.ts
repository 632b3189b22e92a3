import { type StepEnd } from '../../lib/challenge-results.ts'
import { type Challenge } from '../../protocols/challenge/messages.ts'

export type GateAction = 'pass' | 'challenge' | 'step-up' | 'terminate'

/** What is done with a connection: the routing API's answer, or the gate's own static policy. */
export interface GateDecision {
  readonly action: GateAction
  /** Who decided; `static` when the API gave no answer in time, `break-glass` when it is never asked. */
  readonly by: 'api' | 'static' | 'break-glass'
  /** The server's KEXINIT is held back this long, milliseconds: the only brake an unaware client knows. */
  readonly delayMs: number
  readonly band: 'low' | 'medium' | 'high' | 'critical'
  /** 0..100; null when nobody could say. */
  readonly risk: number | null
  readonly shadow: boolean
  /** Ids by which the outcome is reported; undefined without the API. */
  readonly decisionId: string | undefined
  readonly connectionId: string | undefined
  readonly connectionToken: string | undefined
  /** Present when the action is challenge. */
  readonly challenge: Challenge | undefined
  /** For the comment of the identification string of a sshd of its own (spawn mode). */
  readonly stamp: Stamp | undefined
  /** What a refused person reads, with its reason code and whom to ask. */
  readonly message: string | undefined
  readonly code: string | undefined
  readonly contact: string | undefined
}

/** Time (milliseconds since 1970) and MAC that an unmodified client signs with the session hash. */
export interface Stamp {
  readonly timestamp: number
  readonly mac: string
}

/** What became of the answers to a challenge. */
export interface GateVerdict {
  readonly action: 'proceed' | 'challenge' | 'step-up' | 'terminate'
  readonly delayMs: number
  readonly band: GateDecision['band']
  readonly risk: number | null
  readonly challenge: Challenge | undefined
  /** Of the connection from now on; undefined when the API gave none. */
  readonly connectionToken: string | undefined
  readonly message: string | undefined
  readonly code: string | undefined
  readonly contact: string | undefined
  /** How each step ended, for the outcome. */
  readonly results: readonly StepResult[]
}

export interface StepResult {
  readonly kind: string
  readonly result: StepEnd
  readonly elapsedMs: number
}

/** When the API gives no answer: what is done with a source that earned no penalty here. */
export interface StaticPolicy {
  readonly action: 'pass' | 'step-up' | 'terminate'
  readonly brakeMs: number
}

export function staticDecision({ action, brakeMs }: StaticPolicy): GateDecision {
  return { ...UNDECIDED, action, by: 'static', delayMs: brakeMs, code: 'api-unavailable' }
}

/** A break-glass listener lets everybody through to sshd: it is for the day on which nothing else works. */
export function breakGlassDecision(): GateDecision {
  return { ...UNDECIDED, action: 'pass', by: 'break-glass', delayMs: 0, code: undefined }
}

const UNDECIDED = {
  band: 'low',
  risk: null,
  shadow: false,
  decisionId: undefined,
  connectionId: undefined,
  connectionToken: undefined,
  challenge: undefined,
  stamp: undefined,
  message: undefined,
  contact: undefined,
} as const
