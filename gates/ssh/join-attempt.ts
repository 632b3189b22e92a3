import { type AddressMap } from '../../lib/pseudonym.ts'
import { type SshAuthAttempt } from '../../schemas/generated/records.ts'
import { type KnownConnection } from './known-connections.ts'
import { type PenaltyKind } from './penalties.ts'

/**
 * An attempt that sshd's log told of, with the client it really was: behind a gate sshd names the gate's own address.
 * `addresses` says how they stand in records. The id stays that of the log line.
 */
export function joinAttempt(
  attempt: SshAuthAttempt,
  { client, connectionId }: KnownConnection,
  addresses: AddressMap,
): SshAuthAttempt {
  return {
    ...attempt,
    source: 'gate',
    listener: client.listener,
    clientAddress: Buffer.from(addresses.of(client.address)),
    addressForm: addresses.form,
    clientPort: client.port,
    connectionId: connectionId === undefined ? null : Buffer.from(connectionId),
  }
}

/** What a source is penalised for by an attempt. */
export function attemptPenalty(attempt: SshAuthAttempt): PenaltyKind | undefined {
  switch (attempt.result) {
    case 'accepted':
      return undefined
    case 'failed':
      return attempt.userExists === false ? 'invaliduser' : 'authfail'
    case 'closed-before':
      return 'noauth'
  }
}
