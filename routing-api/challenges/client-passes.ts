import { z } from 'zod'
import { type Control } from '../../schemas/generated/records.ts'
import { EPISODE_MS } from '../../lib/challenge-results.ts'
import { jsonOf } from '../enrolments/enrolment.ts'
import { type SshPolicy } from '../policy/ssh-policy.ts'
import { type PuzzleBaseline } from './answer-evidence.ts'

const MOST_PAIRS = 200_000
/** Weight of a new pace in the baseline, once there are some. */
const LEARNING = 0.1

const Body = z.strictObject({
  /** Level of the band the pass was earned in: 1 medium, 2 high; 0: none. */
  level: z.int().min(0).max(2),
  grantedAtMs: z.number(),
  used: z.int().min(0),
  /** Nats that failed challenges added, until then. */
  raised: z.number().min(0).max(4),
  raisedUntilMs: z.number(),
  meanLogPace: z.number(),
  solved: z.int().min(0),
})

/** What is remembered of one client|HASSH about challenges: its pass, its failures, its pace. */
export type ClientPass = Readonly<z.infer<typeof Body>>

export const NO_PASS: ClientPass = {
  level: 0,
  grantedAtMs: 0,
  used: 0,
  raised: 0,
  raisedUntilMs: 0,
  meanLogPace: 0,
  solved: 0,
}

/** Passes as the control topic tells them, by keyed names `client/pair`. */
export class ClientPasses {
  readonly #passes = new Map<string, ClientPass>()

  get size(): number {
    return this.#passes.size
  }

  apply(control: Control): boolean {
    const parsed = Body.safeParse(jsonOf(control.body))
    if (control.deleted) this.remove(control.id)
    else if (parsed.success) this.put(control.id, parsed.data)
    return control.deleted || parsed.success
  }

  remove(id: string): void {
    this.#passes.delete(id)
  }

  find(id: string): ClientPass {
    return this.#passes.get(id) ?? NO_PASS
  }

  entries(): Iterable<readonly [id: string, pass: ClientPass]> {
    return this.#passes
  }

  /** Ids of what is kept of a client. */
  ofClient(client: string): readonly string[] {
    return [...this.#passes.keys()].filter((id) => id.startsWith(`${client}/`))
  }

  /** The pairs least lately heard of give way. */
  put(id: string, pass: ClientPass): void {
    this.#passes.delete(id)
    this.#passes.set(id, pass)
    if (this.#passes.size <= MOST_PAIRS) return
    const [oldest] = this.#passes.keys()
    if (oldest !== undefined) this.#passes.delete(oldest)
  }
}

/** A pace is remembered so long after the last challenge: how quick a client's machine is changes seldom. */
const PACE_MS = 30 * 86_400_000
/** The longest that a policy lets a pass live. */
const LONGEST_PASS_MS = 1_440 * 60_000

/** Whether nothing of it counts any more, whatever the policy says. */
export function isPassOver(pass: ClientPass, nowMs: number): boolean {
  const newest = Math.max(pass.grantedAtMs, pass.raisedUntilMs)
  return nowMs - newest > (pass.solved > 0 ? PACE_MS : LONGEST_PASS_MS)
}

/** How much a pass is worth at a risk, 0..1: nothing where connections are terminated. */
export function passShare(risk: number, { critical }: SshPolicy['bands']): number {
  return Math.min(1, Math.max(0, (critical - risk) / critical))
}

/** Whether the pass serves a connection at this risk, in a band of this level. */
export function isPassGood(
  pass: ClientPass,
  risk: number,
  level: number,
  nowMs: number,
  policy: Pick<SshPolicy, 'pass' | 'bands'>,
): boolean {
  const share = passShare(risk, policy.bands)
  const { connections, minutes } = policy.pass
  const age = nowMs - pass.grantedAtMs
  return (
    pass.level >= level &&
    pass.used < Math.floor(connections * share) &&
    age < minutes * 60_000 * share
  )
}

/** A challenge was met: the pass begins anew. */
export function granted(pass: ClientPass, level: number, nowMs: number): ClientPass {
  const kept = Math.min(2, Math.max(0, level))
  return { ...pass, level: kept, grantedAtMs: nowMs, used: 0, raised: 0, raisedUntilMs: 0 }
}

export function used(pass: ClientPass): ClientPass {
  return { ...pass, used: pass.used + 1 }
}

/** A challenge was not met: no pass, and what it added is remembered for the episode. */
export function failedPass(pass: ClientPass, raised: number, nowMs: number): ClientPass {
  const held = Math.min(4, Math.max(0, raised))
  return { ...pass, level: 0, used: 0, raised: held, raisedUntilMs: nowMs + EPISODE_MS }
}

/** What earlier failures of this episode add, nats. */
export function raisedNow(pass: ClientPass, nowMs: number): number {
  return nowMs < pass.raisedUntilMs ? pass.raised : 0
}

/** Takes the pace of a solved puzzle into the baseline. */
export function paced(pass: ClientPass, logPace: number): ClientPass {
  const weight = Math.max(LEARNING, 1 / (pass.solved + 1))
  const meanLogPace = pass.meanLogPace + weight * (logPace - pass.meanLogPace)
  return { ...pass, meanLogPace, solved: pass.solved + 1 }
}

export function baselineOf(pass: ClientPass): PuzzleBaseline {
  return { meanLogPace: pass.meanLogPace, count: pass.solved }
}
