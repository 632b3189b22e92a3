import { type TlsHello } from '../../schemas/generated/records.ts'
import { type Evidence } from './evidence.ts'

const TLS12 = 0x0303

/** The parts of a hello that its shape is judged by. */
export type TlsShape = Pick<
  TlsHello,
  | 'legacyVersion'
  | 'supportedVersions'
  | 'greaseExtensions'
  | 'sniForm'
  | 'cipherSuites'
  | 'compressionMethods'
  | 'extensions'
>

/** What in the shape of a ClientHello no ordinary client of today sends; each is 0 or 1. */
export function tlsShape(hello: TlsShape): readonly Evidence[] {
  const found: Evidence[] = []
  if (highestVersion(hello) < TLS12) {
    found.push(sign('t_ver_legacy', 'fingerprint', 0.7, 'offers nothing newer than TLS 1.1'))
  }
  const [first, second] = hello.greaseExtensions
  if (first !== undefined && first === second) {
    // BoringSSL draws the second until it differs; a copy of a browser's hello often does not.
    found.push(
      sign('t_grease', 'fingerprint', 2.3, 'imitates a browser, with both GREASE values equal'),
    )
  }
  if (malformed(hello)) {
    found.push(sign('t_malformed', 'probe', 2.3, 'the hello breaks the rules of its own protocol'))
  }
  return found
}

/** Highest version offered; supported_versions stands above legacy_version (RFC 8446 4.2.1). */
function highestVersion(hello: TlsShape): number {
  let highest = hello.supportedVersions.length === 0 ? hello.legacyVersion : 0
  for (const version of hello.supportedVersions) {
    if ((version & 0x0f0f) !== 0x0a0a && version > highest) highest = version
  }
  return highest
}

/** RFC 6066 3 (host names are neither empty nor malformed), RFC 8446 4.1.2 (suites, null compression, one of each extension). */
function malformed(hello: TlsShape): boolean {
  return (
    hello.sniForm === 'malformed' ||
    hello.cipherSuites.length === 0 ||
    !hello.compressionMethods.includes(0) ||
    new Set(hello.extensions).size !== hello.extensions.length
  )
}

function sign(feature: string, family: Evidence['family'], nats: number, text: string): Evidence {
  return { feature, family, nats, value: 1, unit: 'sign', baseline: 0, oneIn: null, text }
}
