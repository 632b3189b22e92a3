import {
  type DecisionReference,
  parseReference,
  referenceText,
} from '../../lib/decision-reference.ts'
import { type SpopAction } from '../../protocols/spop/ack.ts'
import { type SpopMessage } from '../../protocols/spop/notify.ts'
import { text, type TypedData } from '../../protocols/spop/typed-data.ts'
import { type Api } from '../routes/api.ts'
import { answerDataServer, failDataServer } from '../routes/data-servers.ts'
import { answerHandshake, failHandshake } from '../routes/handshakes.ts'
import { type Arguments, argumentsOf } from './arguments.ts'
import { certificateOf } from './client-certificate.ts'
import { recordHandshake } from './record-handshake.ts'

/** How a message was answered; a closed list, usable as a metric label. */
export type Answered = 'answered' | 'default' | 'no-client' | 'unknown-message'

export interface SpopAnswer {
  readonly word: Answered
  readonly actions: readonly SpopAction[]
}

/**
 * Answers one message of a load balancer: `handshake` or `data-server`. Any fault inside becomes the
 * configured default, as over HTTP; the variables are set for the connection (scope sess).
 */
export function answerMessage(message: SpopMessage, api: Api): SpopAnswer {
  const given = argumentsOf(message)
  const ip = given.address('client')
  switch (message.name) {
    case 'handshake':
      return ip === undefined ? NO_CLIENT : handshake(ip, given, api)
    case 'data-server':
      return ip === undefined ? NO_CLIENT : dataServer(ip, given, api)
    default:
      return { word: 'unknown-message', actions: [] }
  }
}

const NO_CLIENT: SpopAnswer = { word: 'no-client', actions: [] }

function handshake(ip: string, given: Arguments, api: Api): SpopAnswer {
  const ask = {
    ...asked(ip, given),
    clientHello: given.bytes('hello'),
    sni: given.text('sni'),
    ja4: given.text('ja4', 64),
  }
  const { word, answer } = kept(
    api,
    'handshake',
    () => answerHandshake(ask, api),
    () => failHandshake(ask, api),
  )
  const { decisionId, connectionId, fingerprint, pool, check, score, server, reasons } = answer
  return {
    word,
    actions: [
      set('pool', text(pool)),
      set('check', text(check)),
      set('server', text(server?.id ?? '')),
      set('score', { kind: 'int32', value: BigInt(Math.round(score * 1_000)) }),
      set('why', text(codesOf(reasons))),
      set('ref', text(referenceText({ decisionId, connectionId, fingerprint }))),
    ],
  }
}

function dataServer(ip: string, given: Arguments, api: Api): SpopAnswer {
  const reference = parseReference(given.text('ref') ?? '')
  const ask = {
    ...asked(ip, given),
    ...(reference === undefined ? {} : { decisionId: reference.decisionId, reference }),
    handshake: handshakeOf(given),
  }
  const { word, answer } = kept(
    api,
    'data-server',
    () => answerDataServer(ask, api),
    () => failDataServer(ask, api),
  )
  const found = kept(
    api,
    'record-handshake',
    () => recordHandshake(ip, given, reference, api),
    () => [],
  ).answer
  const { server, group, reasons } = answer
  return {
    word,
    actions: [
      ...(group === null ? [] : [set('group', text(group))]),
      ...(server === null
        ? []
        : [
            set('server', text(server.id)),
            ...addressOf(server.host),
            set('port', port(server.port)),
          ]),
      set('why', text([...found, codesOf(reasons)].join(','))),
      set('ref', text(referenceText(referenceFor(answer, reference)))),
    ],
  }
}

function asked(
  ip: string,
  given: Arguments,
): {
  readonly client: { readonly ip: string; readonly port: number | undefined }
  readonly listener: string | undefined
  readonly gate: string
} {
  const client = { ip, port: given.port('port') }
  return { client, listener: given.text('listener', 128), gate: given.text('gate') ?? 'haproxy' }
}

function handshakeOf(given: Arguments): Parameters<typeof answerDataServer>[0]['handshake'] {
  const micros = given.number('duration')
  return {
    version: given.text('version'),
    cipher: given.text('cipher'),
    alpn: given.text('alpn') ?? null,
    resumed: given.flag('resumed'),
    durationMs: micros === undefined || micros < 0 ? undefined : micros / 1_000,
    clientCertificate: certificateOf(given),
    ja4: given.text('ja4', 64),
  }
}

/** The first tier's decision stays the one that outcomes are told of; without one, this is it. */
function referenceFor(
  answer: { readonly decisionId: string; readonly connectionId: string | null },
  first: DecisionReference | undefined,
): DecisionReference {
  if (first !== undefined) return first
  return { decisionId: answer.decisionId, connectionId: answer.connectionId, fingerprint: null }
}

/** The answer, or the default and the statement that it is one. */
function kept<T>(
  api: Api,
  path: string,
  answer: () => T,
  otherwise: () => T,
): { readonly word: Answered; readonly answer: T } {
  try {
    return { word: 'answered', answer: answer() }
  } catch (error) {
    api.metrics.count('decision_faults_total', 1, { path: `spop/${path}` })
    api.logger.error('a decision failed: the default was answered', { error, path })
    return { word: 'default', answer: otherwise() }
  }
}

function set(name: string, value: TypedData): SpopAction {
  return { kind: 'set-var', scope: 'sess', name, value }
}

function port(value: number): TypedData {
  return { kind: 'int32', value: BigInt(value) }
}

/** For `set-dst`: an IPv4 address as such; a host name is for `use-server` only. */
function addressOf(host: string): readonly SpopAction[] {
  const parts = host.split('.').map(Number)
  const isIpv4 = parts.length === 4 && parts.every((n) => Number.isInteger(n) && n >= 0 && n < 256)
  return isIpv4 ? [set('host', { kind: 'ipv4', value: Uint8Array.from(parts) })] : []
}

const MOST_CODES = 12

function codesOf(reasons: readonly { readonly code: string }[]): string {
  return reasons
    .slice(0, MOST_CODES)
    .map(({ code }) => code)
    .join(',')
}
