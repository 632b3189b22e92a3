import { hash } from 'node:crypto'
import { type ClientHello } from './client-hello.ts'
import { EXTENSION, isGrease } from './registry.ts'

/** JA4 of a hello, and the same without what resumption changes. */
export interface Ja4 {
  readonly ja4: string
  readonly stableKey: string
}

const EMPTY_LIST = '000000000000'

/**
 * JA4, the TLS client fingerprint (FoxIO, technical_details/JA4.md, BSD-3), of a hello over TCP.
 * Where implementations disagree the definition decides: GREASE is left out everywhere, signature
 * algorithms included; nothing is appended when there are none; an empty list is twelve zeros; the
 * version of the TLS 1.3 drafts is 00. `stableKey` is JA4 as if padding, session_ticket,
 * pre_shared_key, early_data and cookie had not been sent.
 */
export function ja4(hello: ClientHello): Ja4 {
  const suites = withoutGrease(hello.cipherSuites)
  const types = withoutGrease(hello.extensions)
  const stableTypes = types.filter(isStable)
  const prefix = `t${version(hello)}${types.includes(EXTENSION.serverName) ? 'd' : 'i'}${twoDigits(
    suites.length,
  )}`
  const protocol = alpnCharacters(hello.alpn.find((name) => !isGreaseName(name)))
  const ciphers = digest(hexList(sorted(suites)))
  const algorithms = signatureAlgorithms(hello.signatureAlgorithms)
  const of = (list: readonly number[]): string =>
    `${prefix}${twoDigits(list.length)}${protocol}_${ciphers}_${extensionHash(list, algorithms)}`
  const whole = of(types)
  return {
    ja4: whole,
    stableKey: stableTypes.length === types.length ? whole : of(stableTypes),
  }
}

function isStable(type: number): boolean {
  switch (type) {
    case EXTENSION.padding:
    case EXTENSION.sessionTicket:
    case EXTENSION.preSharedKey:
    case EXTENSION.earlyData:
    case EXTENSION.cookie:
      return false
    default:
      return true
  }
}

function extensionHash(types: readonly number[], algorithms: string): string {
  const named = types.filter((type) => type !== EXTENSION.serverName && type !== EXTENSION.alpn)
  if (named.length === 0 && algorithms === '') return EMPTY_LIST
  const list = hexList(sorted(named))
  return digest(algorithms === '' ? list : `${list}_${algorithms}`)
}

/** The highest version offered, GREASE ignored; legacy_version only without supported_versions. */
function version(hello: ClientHello): string {
  if (!hello.extensions.includes(EXTENSION.supportedVersions)) {
    return versionCode(hello.legacyVersion)
  }
  let highest = 0
  for (const offered of hello.supportedVersions) {
    if (!isGrease(offered) && offered > highest) highest = offered
  }
  return versionCode(highest)
}

function versionCode(value: number): string {
  switch (value) {
    case 0x0304:
      return '13'
    case 0x0303:
      return '12'
    case 0x0302:
      return '11'
    case 0x0301:
      return '10'
    case 0x0300:
      return 's3'
    case 0x0002:
      return 's2'
    default:
      return '00'
  }
}

/** First and last character of the first ALPN name; of its hex form when either is not alphanumeric. */
function alpnCharacters(name: Uint8Array | undefined): string {
  const first = name?.[0]
  const last = name?.at(-1)
  if (first === undefined || last === undefined) return '00'
  if (isAlphanumeric(first) && isAlphanumeric(last)) return String.fromCharCode(first, last)
  return (first >> 4).toString(16) + (last & 0xf).toString(16)
}

/** RFC 8701 reserves ALPN names too: the two bytes of a GREASE value. */
function isGreaseName(name: Uint8Array): boolean {
  return name.length === 2 && isGrease(((name[0] ?? 0) << 8) | (name[1] ?? 0))
}

function isAlphanumeric(byte: number): boolean {
  return (
    (byte >= 0x30 && byte <= 0x39) ||
    (byte >= 0x41 && byte <= 0x5a) ||
    (byte >= 0x61 && byte <= 0x7a)
  )
}

function twoDigits(count: number): string {
  if (count > 99) return '99'
  return count < 10 ? `0${count}` : `${count}`
}

function signatureAlgorithms(values: readonly number[]): string {
  return hexList(withoutGrease(values))
}

function withoutGrease(values: readonly number[]): number[] {
  const kept: number[] = []
  for (const value of values) if (!isGrease(value)) kept.push(value)
  return kept
}

/** Ascending copy. Lists are short: insertion beats a comparator call per step. */
function sorted(values: readonly number[]): number[] {
  if (values.length > LONG_LIST) return values.toSorted((a, b) => a - b)
  const list: number[] = []
  for (const value of values) {
    let at = list.length
    for (; at > 0 && (list[at - 1] ?? 0) > value; at -= 1) list[at] = list[at - 1] ?? 0
    list[at] = value
  }
  return list
}

/** Insertion is quadratic: what a hostile hello can hold (32,767 suites) must not be. */
const LONG_LIST = 64

function hexList(values: readonly number[]): string {
  let text = ''
  for (const value of values) {
    const hex = `${HEX[value >> 8] ?? ''}${HEX[value & 0xff] ?? ''}`
    text += text === '' ? hex : `,${hex}`
  }
  return text
}

const HEX: readonly string[] = Array.from({ length: 256 }, (_, byte) =>
  byte.toString(16).padStart(2, '0'),
)

function digest(list: string): string {
  return list === '' ? EMPTY_LIST : hash('sha256', list).slice(0, 12)
}
