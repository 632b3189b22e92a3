// Generated from schemas/*.avsc by scripts/generate.ts. Do not edit.

import { type RecordName } from './records.ts'

/** The ClickHouse table of every record; null for records that have none. */

export const TABLE_NAMES: Readonly<Record<RecordName, string | null>> = {
  Alert: 'alert',
  AttackPattern: 'attack_pattern',
  Control: 'control',
  DeadLetter: 'dead_letter',
  Decision: 'decision',
  Habit: 'habit',
  Outcome: 'outcome',
  Population: 'population',
  Reputation: 'reputation',
  Score: 'score',
  Served: 'served',
  Server: 'server',
  Sighting: 'sighting',
  Snapshot: null,
  SshAuthAttempt: 'ssh_auth_attempt',
  SshConnection: 'ssh_connection',
  SshSession: 'ssh_session',
  TlsHandshake: 'tls_handshake',
  TlsHello: 'tls_hello',
}
