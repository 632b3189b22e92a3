/** Writes TLS bytes for tests, one field after the other, so that each test shows what it sends. */

export function bytesOf(
  ...parts: readonly (number | readonly number[] | Uint8Array)[]
): Uint8Array {
  return Uint8Array.from(parts.flatMap((part) => (typeof part === 'number' ? [part] : [...part])))
}

export function u16(value: number): readonly number[] {
  return [(value >> 8) & 0xff, value & 0xff]
}

export function u16s(...values: readonly number[]): readonly number[] {
  return values.flatMap(u16)
}

export function ascii(text: string): readonly number[] {
  return [...Buffer.from(text, 'latin1')]
}

/** A vector with a length of one byte before it. */
export function vector8(content: readonly number[]): readonly number[] {
  return [content.length, ...content]
}

/** A vector with a length of two bytes before it. */
export function vector16(content: readonly number[]): readonly number[] {
  return [...u16(content.length), ...content]
}

export type Extension = readonly [type: number, body: readonly number[]]

export interface HelloParts {
  readonly version?: number
  readonly random?: readonly number[]
  readonly sessionId?: readonly number[]
  readonly suites?: readonly number[]
  readonly compression?: readonly number[]
  /** undefined leaves the whole block out, as SSL 3.0 clients do. */
  readonly extensions?: readonly Extension[] | undefined
}

export const RANDOM = Array.from({ length: 32 }, (_, i) => i)

export function extensionBlock(extensions: readonly Extension[]): readonly number[] {
  return vector16(extensions.flatMap(([type, body]) => [...u16(type), ...vector16(body)]))
}

export function handshakeMessage(type: number, body: readonly number[]): Uint8Array {
  return bytesOf(type, body.length >> 16, u16(body.length), body)
}

/** A ClientHello message, without record header. */
export function helloMessage(parts: HelloParts): Uint8Array {
  const body = [
    ...u16(parts.version ?? 0x0303),
    ...(parts.random ?? RANDOM),
    ...vector8(parts.sessionId ?? []),
    ...vector16(u16s(...(parts.suites ?? [0x1301]))),
    ...vector8(parts.compression ?? [0]),
    ...(parts.extensions === undefined ? [] : extensionBlock(parts.extensions)),
  ]
  return handshakeMessage(1, body)
}

/** One record. */
export function record(type: number, content: Uint8Array, version = 0x0301): Uint8Array {
  return bytesOf(type, u16(version), u16(content.length), content)
}

export const sni = (name: string): Extension => [0, vector16([0, ...vector16(ascii(name))])]
export const groups = (...values: readonly number[]): Extension => [10, vector16(u16s(...values))]
export const pointFormats = (...values: readonly number[]): Extension => [11, vector8(values)]
export const signatures = (...values: readonly number[]): Extension => [
  13,
  vector16(u16s(...values)),
]
export const alpn = (...names: readonly string[]): Extension => [
  16,
  vector16(names.flatMap((name) => vector8(ascii(name)))),
]
export const versions = (...values: readonly number[]): Extension => [43, vector8(u16s(...values))]
export const keyShares = (
  ...shares: readonly (readonly [number, readonly number[]])[]
): Extension => [51, vector16(shares.flatMap(([group, key]) => [...u16(group), ...vector16(key)]))]

/** A browser-like hello of our own making: GREASE in every list that may hold it. */
export const BROWSER: HelloParts = {
  sessionId: Array.from({ length: 32 }, (_, i) => 0x80 + i),
  suites: [0x1a1a, 0x1301, 0x1302, 0x1303, 0xc02b, 0xc02f, 0xcca9, 0x009c],
  extensions: [
    [0x2a2a, []],
    sni('Shop.Example.test'),
    [23, []],
    [0xff01, [0]],
    groups(0x3a3a, 29, 23, 24),
    pointFormats(0),
    [35, []],
    alpn('h2', 'http/1.1'),
    [5, [1, 0, 0, 0, 0]],
    signatures(0x0403, 0x0804, 0x0401, 0x0503),
    [18, []],
    keyShares([0x3a3a, [0]], [29, Array.from({ length: 32 }, (_, i) => 255 - i)]),
    [45, [1, 1]],
    versions(0x4a4a, 0x0304, 0x0303),
    [27, [2, 0, 2]],
    [0x5a5a, [0]],
    [21, Array.from({ length: 40 }, () => 0)],
  ],
}
