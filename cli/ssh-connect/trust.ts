import { gateFingerprint, type GatePublicKeys } from '../../protocols/challenge/gate-keys.ts'
import { gateName, judgeGate, knownGateLine } from '../../gates/ssh/client/known-gates.ts'
import { appendState, readState, stateFiles } from '../../io/ssh-client/state-files.ts'
import { type SshConnectOptions } from './options.ts'
import { tell } from './tell.ts'

/** Whether to go on with a gate that shows these keys; pins those of a gate that is met for the first time. */
export function isTrusted(keys: GatePublicKeys, options: SshConnectOptions): boolean {
  const name = gateName(options.host, options.port)
  const { knownGates } = stateFiles(options.state)
  const verdict = judgeGate(readState(knownGates), name, keys)
  switch (verdict.kind) {
    case 'known':
      return true
    case 'changed':
      tellChanged(name, keys, knownGates, verdict.lines)
      return false
    case 'unknown':
      if (options.strict) {
        tell(
          `the gate before ${name} is not known, and --strict was given: its keys are ${gateFingerprint(keys)}`,
        )
        return false
      }
      pin(name, keys, knownGates, options.quiet)
      return true
  }
}

function pin(name: string, keys: GatePublicKeys, file: string, quiet: boolean): void {
  try {
    appendState(file, knownGateLine(name, keys))
    if (!quiet) tell(`new gate before ${name}, keys ${gateFingerprint(keys)}, kept in ${file}`)
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error)
    tell(
      `the keys of the gate before ${name} could not be kept, so a change will not be noticed: ${why}`,
    )
  }
}

function tellChanged(
  name: string,
  keys: GatePublicKeys,
  file: string,
  lines: readonly number[],
): void {
  const bar = '@'.repeat(70)
  process.stderr.write(`${bar}\n@  THE KEYS OF THE GATE HAVE CHANGED: NOT CONNECTING\n${bar}\n`)
  tell(`somebody may stand between you and ${name}, or its gate was given new keys.`)
  tell(
    `the keys shown now are ${gateFingerprint(keys)}; others are in ${file}, line ${lines.join(', ')}.`,
  )
  tell(
    'ask those who run the gate; when the new keys are right, delete that line and connect again.',
  )
}
