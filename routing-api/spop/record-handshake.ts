import { type DecisionReference } from '../../lib/decision-reference.ts'
import { connectionId as connectionIdOf, eventId } from '../../lib/event-id.ts'
import { type TlsHandshake } from '../../schemas/generated/records.ts'
import { gateStamp } from '../decisions/gate-connection.ts'
import { rulesOf } from '../policy/active-policy.ts'
import { type Api } from '../routes/api.ts'
import { bytesOf } from '../routes/decision-reply.ts'
import { connectionOf } from '../routes/handshakes.ts'
import { type Arguments } from './arguments.ts'
import { certificateOf } from './client-certificate.ts'

/** What a finished handshake shows that its hello did not promise; a closed list. */
export type HandshakeFinding = 'client-random-changed' | 'version-below-offer'

const RANDOM_BYTES = 32

/**
 * Publishes the handshake a terminating tier finished, unless a sensor sees that listener: a verified
 * client certificate is proof that lowers risk. Answers what does not fit the hello it began with:
 * the second hello after a HelloRetryRequest keeps the random (RFC 8446 section 4.1.2), and who offers
 * TLS 1.3 to a server that has it gets it (section 4.1.3).
 */
export function recordHandshake(
  ip: string,
  given: Arguments,
  reference: DecisionReference | undefined,
  api: Api,
): readonly HandshakeFinding[] {
  const connection = connectionOf(
    {
      client: { ip, port: given.port('port') },
      listener: given.text('listener', 128),
      gate: given.text('gate') ?? 'haproxy',
    },
    api,
  )
  const random = given.bytes('random')
  const id =
    random?.length === RANDOM_BYTES && connection.clientPort !== 0
      ? connectionIdOf(connection.clientAddress, connection.clientPort, random)
      : null
  const first = bytesOf(reference?.connectionId ?? undefined)
  const version = VERSIONS.get(given.text('version') ?? '') ?? null
  // A sensor sees handshakes, and no client's certificate within TLS 1.3: that is told in any case.
  const seen = rulesOf(api.state.policy, connection.listener, 'tls').sensor
  if (!seen || certificateOf(given) === 'verified') {
    const about = first ?? id ?? api.freshId()
    api.put('TlsHandshake', () => ({
      type: 'TlsHandshake',
      record: {
        ...gateStamp(connection),
        eventId: eventId('TlsHandshake', about, 0),
        connectionId: first ?? id,
        ...finished(given, reference, version),
      },
    }))
  }
  const findings: HandshakeFinding[] = []
  if (first !== null && id !== null && Buffer.compare(first, id) !== 0) {
    findings.push('client-random-changed')
  }
  const offered = reference?.fingerprint?.startsWith('t13') === true
  if (offered && version !== null && version < TLS_1_3) findings.push('version-below-offer')
  for (const finding of findings) {
    api.metrics.count('vestibule_handshake_findings_total', 1, { finding })
  }
  return findings
}

const TLS_1_3 = 0x0304

/** As HAProxy's ssl_fc_protocol names them. */
const VERSIONS = new Map([
  ['SSLv3', 0x0300],
  ['TLSv1', 0x0301],
  ['TLSv1.1', 0x0302],
  ['TLSv1.2', 0x0303],
  ['TLSv1.3', TLS_1_3],
])

type Facts = Omit<TlsHandshake, keyof ReturnType<typeof gateStamp> | 'eventId' | 'connectionId'>

function finished(
  given: Arguments,
  reference: DecisionReference | undefined,
  serverVersion: number | null,
): Facts {
  const micros = given.number('duration')
  const ms = micros === undefined || micros < 0 ? null : micros / 1_000
  return {
    result: 'finished',
    helloCount: given.text('check') === 'retry' ? 2 : 1,
    ja4: null,
    stableKey: reference?.fingerprint ?? null,
    sni: given.text('sni') ?? null,
    serverVersion,
    serverCipher: null,
    serverGroup: null,
    serverAlpn: given.text('alpn', 64) ?? null,
    helloRetry: given.text('check') === 'retry',
    downgradeSentinel: false,
    resumed: given.flag('resumed') ?? null,
    certificateRequested: given.flag('cert-asked') ?? null,
    clientCertificate: certificateOf(given),
    alertFrom: null,
    alertDescription: null,
    handshakeMs: ms,
    durationMs: ms ?? 0,
    rttMs: null,
    bytesFromClient: 0,
    bytesFromServer: 0,
  }
}
