import { addressText } from '../../lib/client-entity.ts'
import { type AnyRecord } from '../../lib/codec/codec.ts'
import {
  type DeadLetter,
  type SshConnection,
  type SshSession,
  type TlsHello,
} from '../../schemas/generated/records.ts'
import { type FaultLine, type InspectLine, type SshLine, type TlsLine } from './inspect-line.ts'

/** Joins records to lines: an SSH connection waits for its session, a hello for nothing. */
export interface InspectLines {
  push(record: AnyRecord): readonly InspectLine[]
  /** Connections whose session never came. */
  end(): readonly InspectLine[]
}

export function createInspectLines(): InspectLines {
  const waiting = new Map<string, SshConnection>()
  return {
    push(any) {
      if (any.type === 'TlsHello') return [tlsLine(any.record)]
      if (any.type === 'DeadLetter') return [faultLine(any.record)]
      if (any.type === 'SshConnection') waiting.set(streamOf(any.record), any.record)
      if (any.type !== 'SshSession') return []
      const stream = streamOf(any.record)
      const connection = waiting.get(stream)
      waiting.delete(stream)
      return connection === undefined ? [] : [sshLine(connection, any.record)]
    },
    end() {
      const lines = [...waiting.values()].map((connection) => sshLine(connection, undefined))
      waiting.clear()
      return lines
    },
  }
}

type Endpoints = Pick<TlsHello, 'clientAddress' | 'clientPort' | 'serverAddress' | 'serverPort'>

function streamOf(record: Endpoints): string {
  const client = `${addressText(record.clientAddress)}:${record.clientPort}`
  return `${client}-${addressText(record.serverAddress)}:${record.serverPort}`
}

function tlsLine(hello: TlsHello): TlsLine {
  return {
    kind: 'tls',
    stream: streamOf(hello),
    time: timeText(hello.observedAt),
    ordinal: hello.ordinal,
    answersRetry: hello.answersRetry,
    ja3: hello.ja3,
    ja3Hash: hello.ja3Hash,
    ja4: hello.ja4,
    stableKey: hello.stableKey,
    sni: hello.sni,
    alpn: hello.alpn,
    version: hexText(hello.legacyVersion),
    supportedVersions: hello.supportedVersions.map(hexText),
    proxied: hello.proxied,
    tunnel: hello.tunnel,
    segments: hello.segments,
    handshakeProven: hello.handshakeProven,
  }
}

function sshLine(connection: SshConnection, session: SshSession | undefined): SshLine {
  const told = session !== undefined && session.result !== 'unknown'
  return {
    kind: 'ssh',
    stream: streamOf(connection),
    time: timeText(connection.observedAt),
    stage: connection.stage,
    sshClient: connection.clientIdentification,
    sshServer: connection.serverIdentification,
    hassh: connection.hassh,
    hasshServer: connection.hasshServer,
    kex: connection.kex,
    hostKey: connection.hostKey,
    cipher: connection.cipherToServer,
    strictKex: connection.strictKex,
    authSuccess: told ? session.result === 'authenticated' : null,
    authAttempts: told ? session.attempts : null,
    authConfidence: told ? session.confidence : null,
    tunnel: connection.tunnel,
    handshakeProven: connection.handshakeProven,
  }
}

function faultLine(letter: DeadLetter): FaultLine {
  const { code, place } = letter
  return { kind: 'fault', time: timeText(letter.observedAt), code, place }
}

function hexText(version: number): string {
  return `0x${version.toString(16).padStart(4, '0')}`
}

/** ISO 8601 of microseconds since 1970; times no calendar knows stay numbers. */
function timeText(microseconds: number): string {
  const whole = Math.floor(microseconds / 1000)
  if (!(Math.abs(whole) <= 8.64e15)) return String(microseconds)
  const below = String(Math.floor(microseconds) - whole * 1000).padStart(3, '0')
  return `${new Date(whole).toISOString().slice(0, -1)}${below}Z`
}
