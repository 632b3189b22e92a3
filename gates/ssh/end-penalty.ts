import { type ConnectionEnd } from './connection-end.ts'
import { type PenaltyKind } from './penalties.ts'

/** What a source is penalised for when its connection ends before a server saw it; after that the server's log tells. */
export function endPenalty(end: ConnectionEnd): PenaltyKind | undefined {
  switch (end) {
    case 'client-left':
    case 'not-ssh':
    case 'version-1':
    case 'identification-too-long':
    case 'bad-packet-length':
    case 'bad-padding':
    case 'unexpected-packet':
    case 'bad-kexinit':
    case 'bad-message':
      return 'noauth'
    case 'handshake-timeout':
      return 'grace-exceeded'
    case 'challenge-timeout':
    case 'challenge-failed':
      return 'authfail'
    case 'terminated':
    case 'no-step-up':
      return 'refuseconnection'
    case 'served':
    case 'upstream-unavailable':
    case 'too-many-connections':
    case 'penalised':
    case 'bad-proxy-header':
    case 'draining':
      return undefined
  }
}
