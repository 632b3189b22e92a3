/** One ClientHello, as `vestibule inspect --json` prints it. */
export interface TlsLine {
  readonly kind: 'tls'
  /** `clientIp:port-serverIp:port`, IPv6 without brackets. */
  readonly stream: string
  /** ISO 8601 with microseconds. */
  readonly time: string
  readonly ordinal: number
  readonly answersRetry: boolean
  readonly ja3: string | null
  readonly ja3Hash: string | null
  readonly ja4: string | null
  readonly stableKey: string | null
  readonly sni: string | null
  readonly alpn: readonly string[]
  /** legacy_version, as 0x0303. */
  readonly version: string
  readonly supportedVersions: readonly string[]
  readonly proxied: boolean
  readonly tunnel: string | null
  readonly segments: number
  readonly handshakeProven: boolean
}

/** One SSH connection; what was not seen is null. */
export interface SshLine {
  readonly kind: 'ssh'
  readonly stream: string
  readonly time: string
  readonly stage: string
  readonly sshClient: string | null
  readonly sshServer: string | null
  readonly hassh: string | null
  readonly hasshServer: string | null
  readonly kex: string | null
  readonly hostKey: string | null
  readonly cipher: string | null
  readonly strictKex: boolean | null
  /** Inferred from packet sizes; null where that cannot be told. */
  readonly authSuccess: boolean | null
  readonly authAttempts: number | null
  readonly authConfidence: number | null
  readonly tunnel: string | null
  readonly handshakeProven: boolean
}

/** Bytes that could not be understood. */
export interface FaultLine {
  readonly kind: 'fault'
  readonly time: string
  readonly code: string
  readonly place: string
}

export type InspectLine = TlsLine | SshLine | FaultLine
