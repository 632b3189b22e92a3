import { clientEntity } from '../../lib/client-entity.ts'
import { type AnyRecord } from '../../lib/codec/codec.ts'
import { type Protocol } from '../../behaviour/population-view.ts'

/** A record of `client-events`. */
export type ClientEvent = Extract<
  AnyRecord,
  {
    readonly type:
      'TlsHello' | 'TlsHandshake' | 'SshConnection' | 'SshSession' | 'SshAuthAttempt' | 'Outcome'
  }
>

/** Narrows to the records the first fold reads. */
export function isClientEvent(any: AnyRecord): any is ClientEvent {
  switch (any.type) {
    case 'TlsHello':
    case 'TlsHandshake':
    case 'SshConnection':
    case 'SshSession':
    case 'SshAuthAttempt':
    case 'Outcome':
      return true
    case 'Alert':
    case 'AttackPattern':
    case 'Control':
    case 'DeadLetter':
    case 'Decision':
    case 'Habit':
    case 'Population':
    case 'Reputation':
    case 'Score':
    case 'Served':
    case 'Server':
    case 'Sighting':
    case 'Snapshot':
      return false
  }
}

/** Whom an event is about. */
export interface EventFacts {
  readonly client: string
  readonly protocol: Protocol
  readonly fingerprint: string | null
}

export function factsOf(event: ClientEvent): EventFacts {
  const client = clientEntity(event.record.clientAddress)
  switch (event.type) {
    case 'TlsHello':
    case 'TlsHandshake':
      return { client, protocol: 'tls', fingerprint: event.record.stableKey }
    case 'SshConnection':
    case 'SshSession':
      return { client, protocol: 'ssh', fingerprint: event.record.hassh }
    case 'SshAuthAttempt':
      return { client, protocol: 'ssh', fingerprint: null }
    case 'Outcome': {
      const { fingerprint } = event.record
      return { client, protocol: isHassh(fingerprint) ? 'ssh' : 'tls', fingerprint }
    }
  }
}

/** A HASSH is 32 hex digits; a stableKey begins with t and has underscores. */
function isHassh(fingerprint: string | null): boolean {
  return fingerprint !== null && /^[0-9a-f]{32}$/.test(fingerprint)
}
