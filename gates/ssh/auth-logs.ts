import { type AddressMap } from '../../lib/pseudonym.ts'
import { type SshAuthAttempt } from '../../schemas/generated/records.ts'

/** What sshd's logs tell, and where it goes once it is known who the clients really were. */
export interface AuthLogs {
  /** Attempts with the peers that sshd saw, addresses in clear, as their lines come; until the signal aborts. */
  follow(
    path: string,
    listener: string,
    signal: AbortSignal,
  ): AsyncIterable<readonly SshAuthAttempt[]>
  /** Takes records for the event log or drops them with a counter; never waits. */
  publish(records: readonly SshAuthAttempt[]): void
  /** How addresses stand in records. */
  readonly addresses: AddressMap
  close(): Promise<void>
}
