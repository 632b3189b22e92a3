import { noAuthenticationTakenBack } from '../../behaviour/evidence/no-authentication.ts'
import { inferredFailure } from '../../behaviour/evidence/ssh-attempt.ts'
import { RING, WORD } from './layout.ts'
import { type JudgedProfile } from './judged-profile.ts'
import { type Moment } from './moment.ts'
import { ringFind, ringPut } from './ring.ts'

/**
 * What is known of one of a client's newest SSH connections. Packets and log tell of the same one, in
 * either order; what tells more takes the place of what told less, so that nothing counts twice.
 */
export const TOLD = {
  nothing: 0,
  /** It was left without an attempt: by its packets or by the log. */
  left: 1,
  /** Attempts inferred from its packets. */
  inferred: 2,
  /** Attempts in the log, one by one. */
  attempts: 3,
} as const

export type Told = (typeof TOLD)[keyof typeof TOLD]

/** Log and packets of one connection come within this of one another, seconds. */
const APART_S = 60
/** sshd gives up on who did not log in after 120 s; with room for a slow log. */
const AUTHENTICATION_S = 600

/** Words of an entry after its port. */
const SLOT = 1
const STATE = 2
const SECOND = 3

/** Bits of the state: what was told (2), then these; inferred attempts and confidence from bit 8. */
const GREETED = 4
const PAIR_TOLD = 8

/** A greeting: another connection on a port begins anew, one the log told of first goes on. */
export function openConnection({ client, pair, atMs }: Moment, port: number): void {
  const now = Math.floor(atMs / 1000)
  const slot = pair === undefined ? 0 : pair.slot + 1
  const known = ringFind(client, RING.connections, port)
  if (known === undefined) {
    ringPut(client, RING.connections, [port, slot, GREETED, now])
    return
  }
  const state = client.integer(known + STATE)
  const logFirst = (state & GREETED) === 0 && now - client.integer(known + SECOND) <= APART_S
  client.setInteger(known + SLOT, slot)
  client.setInteger(known + STATE, (logFirst ? state : 0) | GREETED)
  client.setInteger(known + SECOND, now)
}

/** 1 + slot of the pair that greeted on a port; 0 where none did. */
export function pairSlotOf(client: JudgedProfile, port: number): number {
  const known = ringFind(client, RING.connections, port)
  return known === undefined ? 0 : client.integer(known + SLOT)
}

/** The entry of a connection that ended and lasted `durationMs`, made where there is none. */
export function endedConnection(moment: Moment, port: number, durationMs: number): number {
  return entryOf(moment, port, durationMs / 1000 + APART_S)
}

/** The entry of a connection that the log tells of now, made where there is none. */
export function loggedConnection(moment: Moment, port: number): number {
  return entryOf(moment, port, AUTHENTICATION_S)
}

function entryOf({ client, atMs }: Moment, port: number, newerThanS: number): number {
  const now = Math.floor(atMs / 1000)
  const known = ringFind(client, RING.connections, port)
  if (known === undefined) {
    ringPut(client, RING.connections, [port, 0, 0, now])
    return ringFind(client, RING.connections, port) ?? RING.connections.at
  }
  if (now - client.integer(known + SECOND) > newerThanS) {
    client.setInteger(known + SLOT, 0)
    client.setInteger(known + STATE, 0)
  }
  client.setInteger(known + SECOND, now)
  return known
}

/** What was told of it so far. */
export function toldOf(client: JudgedProfile, entry: number): Told {
  const bits = client.integer(entry + STATE) & 3
  if (bits === 1) return TOLD.left
  if (bits === 2) return TOLD.inferred
  return bits === 3 ? TOLD.attempts : TOLD.nothing
}

/** Whether the client with its fingerprint heard it too: the log may come before the greeting. */
export function pairWasTold(client: JudgedProfile, entry: number): boolean {
  return (client.integer(entry + STATE) & PAIR_TOLD) !== 0
}

/** Notes what is told now; `attempts` and `percent` (confidence) of what was inferred. */
export function tell(
  { client, pair }: Moment,
  entry: number,
  told: Told,
  attempts = 0,
  percent = 0,
): void {
  const greeted = client.integer(entry + STATE) & GREETED
  const heard = pair === undefined ? 0 : PAIR_TOLD
  client.setInteger(entry + STATE, told | greeted | heard | (attempts << 8) | (percent << 16))
}

/** Takes back what was told of a connection before something better was known. */
export function takeBackTold({ client, pair }: Moment, entry: number): void {
  const state = client.integer(entry + STATE)
  const told = toldOf(client, entry)
  const profiles = pairWasTold(client, entry) ? [client, pair] : [client]
  for (const profile of profiles) {
    if (profile === undefined) continue
    if (told === TOLD.left) {
      const left = profile.valueOf('s_noauth')
      profile.takeBack('s_noauth', noAuthenticationTakenBack(left - 1), 1)
    }
    if (told === TOLD.inferred) {
      const attempts = (state >>> 8) & 0xff
      const confidence = ((state >>> 16) & 0xff) / 100
      profile.takeBack('s_fail', attempts * inferredFailure(confidence), attempts)
      profile.setNumber(WORD.attempts, Math.max(0, profile.number(WORD.attempts) - attempts))
    }
  }
}
