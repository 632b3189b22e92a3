import { attemptPenalty, joinAttempt } from '../../gates/ssh/join-attempt.ts'
import { type AddressMap } from '../../lib/pseudonym.ts'
import { type SshAuthAttempt } from '../../schemas/generated/records.ts'
import { penaltySource } from '../../gates/ssh/penalties.ts'
import { type GateWorld } from './gate-world.ts'
import { isIn } from './serve-client.ts'

/**
 * What sshd's log told of: attempts of connections that went through this gate, with the client they really were, and
 * what follows from them here. Others (logins past the gate) are left to whoever follows the log for them.
 */
export function hearAttempts(
  world: GateWorld,
  attempts: readonly SshAuthAttempt[],
  addresses: AddressMap,
): readonly SshAuthAttempt[] {
  const joined: SshAuthAttempt[] = []
  for (const attempt of attempts) {
    const known = world.known.find(attempt.clientAddress, attempt.clientPort)
    world.metrics.count('ssh_gate_attempts_total', 1, {
      result: attempt.result,
      connection: known === undefined ? 'other' : 'own',
    })
    if (known === undefined) continue
    joined.push(joinAttempt(attempt, known, addresses))
    known.attempts += 1
    if (attempt.result === 'accepted') {
      known.authenticated = true
      known.loggedIn?.()
      known.loggedIn = undefined
    }
    const { client } = known
    const kind = attemptPenalty(attempt)
    if (kind === undefined || isIn(world.exempt, client.address)) continue
    const source = penaltySource(client.address)
    if (!world.penalties.add(source, kind, world.now())) continue
    const cut = world.unproven.cut(source)
    world.metrics.count('ssh_gate_penalised_sources_total')
    world.logger.warn('source refused for a while', { client: client.ip, for: kind, cut })
  }
  return joined
}
