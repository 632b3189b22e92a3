import { sshAttempt, sshConnection } from '../../test/processors/records.ts'
import { SECOND_US, type Draw, type MadeEvent } from './population.ts'

/** Programs people log in with, the first ones most; HASSH values that stand for real ones. */
export const BENIGN_HASSH = [
  '472b5de3000000000000000000000001',
  '3b6b038c000000000000000000000002',
  '16574631000000000000000000000003',
  '10d5550e000000000000000000000004',
  'a704be05000000000000000000000005',
] as const

/** Programs attackers use; of these paramiko's is also a benign one. */
export const HOSTILE_HASSH = [
  'be311342000000000000000000000006',
  'b4b8ae3d000000000000000000000007',
  'a704be05000000000000000000000005',
] as const

/** The greeting of a connection: its KEXINIT. */
export function greeting(
  client: string,
  at: number,
  port: number,
  hassh: string,
  draw: Draw,
): MadeEvent {
  const cookie = Uint8Array.from({ length: 16 }, () => Math.floor(256 * draw()))
  return {
    at,
    make: () => ({
      type: 'SshConnection',
      record: sshConnection(client, at, { clientPort: port, hassh, cookie }),
    }),
  }
}

export interface Try {
  readonly user: string
  readonly exists: boolean
  readonly method: 'password' | 'publickey'
  readonly result: 'accepted' | 'failed' | 'closed-before'
}

/** One line of sshd's log. */
export function attempt(client: string, at: number, port: number, one: Try): MadeEvent {
  return {
    at,
    make: () => ({
      type: 'SshAuthAttempt',
      record: sshAttempt(client, at, {
        clientPort: port,
        user: one.result === 'closed-before' ? null : one.user,
        userExists: one.exists,
        method: one.method,
        result: one.result,
      }),
    }),
  }
}

/** A connection with its tries, `gapS` apart: first the greeting, then a line each. */
export function connection(
  client: string,
  at: number,
  hassh: string,
  tries: readonly Try[],
  gapS: number,
  draw: Draw,
): readonly MadeEvent[] {
  const port = 1024 + Math.floor(draw() * 60_000)
  return [
    greeting(client, at, port, hassh, draw),
    ...tries.map((one, i) => attempt(client, at + (0.3 + i * gapS) * SECOND_US, port, one)),
  ]
}
