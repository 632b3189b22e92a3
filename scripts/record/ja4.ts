/**
 * JA4 of a ClientHello by its definition (FoxIO, JA4 for TLS clients, BSD-3), written apart from the project's own code so
 * that one can judge the other. Slow and plain on purpose.
 */
import { createHash } from 'node:crypto'

/** What tshark says of one ClientHello; numbers in wire order, GREASE still in. */
export interface HelloFields {
  readonly legacyVersion: number
  readonly supportedVersions: readonly number[]
  readonly ciphers: readonly number[]
  readonly extensions: readonly number[]
  readonly signatureAlgorithms: readonly number[]
  /** The first ALPN value's bytes, or none. */
  readonly alpn: Buffer | undefined
}

const VERSION_NAMES = new Map([
  [0x0304, '13'],
  [0x0303, '12'],
  [0x0302, '11'],
  [0x0301, '10'],
  [0x0300, 's3'],
  [0x0002, 's2'],
])
const SNI = 0x0000
const ALPN = 0x0010
const NOTHING = '000000000000'

/** The fingerprint of a hello over TCP. */
export function ja4(hello: HelloFields): string {
  const ciphers = hello.ciphers.filter(isNotGrease)
  const extensions = hello.extensions.filter(isNotGrease)
  const versions = hello.supportedVersions.filter(isNotGrease)
  const version = versions.length > 0 ? Math.max(...versions) : hello.legacyVersion
  const a = [
    't',
    VERSION_NAMES.get(version) ?? '00',
    extensions.includes(SNI) ? 'd' : 'i',
    twoDigits(ciphers.length),
    twoDigits(extensions.length),
    alpnMark(hello.alpn),
  ].join('')
  const b = ciphers.length === 0 ? NOTHING : sha256Start(hexList(ciphers).sort().join(','))
  return `${a}_${b}_${extensionsMark(extensions, hello.signatureAlgorithms)}`
}

function extensionsMark(extensions: readonly number[], algorithms: readonly number[]): string {
  if (extensions.length === 0) return NOTHING
  const sorted = hexList(extensions.filter((type) => type !== SNI && type !== ALPN)).sort()
  const signatures = hexList(algorithms.filter(isNotGrease))
  const tail = signatures.length === 0 ? '' : `_${signatures.join(',')}`
  return sha256Start(`${sorted.join(',')}${tail}`)
}

function alpnMark(alpn: Buffer | undefined): string {
  const first = alpn?.at(0)
  const last = alpn?.at(-1)
  if (first === undefined || last === undefined) return '00'
  const mark = String.fromCharCode(first, last)
  if (/^[0-9A-Za-z]{2}$/.test(mark)) return mark
  return `${hexByte(first).charAt(0)}${hexByte(last).charAt(1)}`
}

function isNotGrease(value: number): boolean {
  return (value & 0x0f0f) !== 0x0a0a || value >> 8 !== (value & 0xff)
}

function hexList(values: readonly number[]): string[] {
  return values.map((value) => value.toString(16).padStart(4, '0'))
}

function hexByte(value: number): string {
  return value.toString(16).padStart(2, '0')
}

function twoDigits(count: number): string {
  return String(Math.min(count, 99)).padStart(2, '0')
}

function sha256Start(text: string): string {
  return createHash('sha256').update(text).digest('hex').slice(0, 12)
}
