import { type SshSession } from '../../schemas/generated/records.ts'
import { eventId } from '../../lib/event-id.ts'
import { type SshSessionFact } from '../../protocols/ssh/ssh-facts.ts'
import { type ConnectionIdentity, envelope, flowText, type Sensor } from './envelope.ts'

/** The record of an SSH connection's end. */
export function sshSessionRecord(
  sensor: Sensor,
  identity: ConnectionIdentity,
  fact: SshSessionFact,
  hassh: string | null,
): SshSession {
  const { facts } = identity
  const about = identity.connectionId ?? flowText(identity)
  return {
    ...envelope(sensor, identity, eventId('SshSession', about, 0), fact.at),
    hassh,
    result: fact.authentication.result,
    confidence: fact.authentication.confidence,
    attempts: Math.min(fact.authentication.attempts, 65_535),
    ended: fact.ended,
    durationMs: (fact.at - facts.startedAt) / 1000,
    rttMs: facts.rttMs,
    bytesFromClient: facts.bytesFromClient,
    bytesFromServer: facts.bytesFromServer,
  }
}
