import { type GateDecision, type Stamp } from './gate-decision.ts'
import { type PenaltyKind } from './penalties.ts'

/**
 * The stamp of a client that may have a sshd of its own: nothing but the timestamp and MAC is asked of it, and those it
 * answers by signing. Undefined: it goes through the gate, where its KEXINIT can be held.
 */
export function stampFor(decision: GateDecision): Stamp | undefined {
  const low = decision.action === 'pass' && decision.band === 'low' && decision.delayMs === 0
  return decision.by === 'api' && low ? decision.stamp : undefined
}

/**
 * Arguments of a sshd for one connection on its standard input. The comment of its identification string carries the
 * stamp, so that the client's signature over the session hash covers it (US 9692757).
 */
export function sshdArguments(
  settings: { readonly config?: string | undefined; readonly args: readonly string[] },
  { timestamp, mac }: Stamp,
): readonly string[] {
  return [
    '-i',
    ...(settings.config === undefined ? [] : ['-f', settings.config]),
    '-o',
    `VersionAddendum=ts=${timestamp} mac=${mac}`,
    ...settings.args,
  ]
}

/** What sshd says by its exit status about a client that did not log in (OpenSSH 9.8 and later, srclimit.h). */
export function exitPenalty(code: number | null, signalled: boolean): PenaltyKind | undefined {
  return signalled || code === null ? undefined : EXIT_PENALTIES.get(code)
}

const EXIT_PENALTIES: ReadonlyMap<number, PenaltyKind> = new Map([
  [3, 'grace-exceeded'],
  [4, 'crash'],
  [5, 'authfail'],
  [6, 'refuseconnection'],
])
