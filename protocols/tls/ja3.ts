import { hash } from 'node:crypto'
import { type ClientHello } from './client-hello.ts'
import { isGrease } from './registry.ts'

/**
 * The JA3 string (Althouse, Atkinson, Atkins 2017): version, cipher suites, extensions, groups, point
 * formats, as decimal numbers in the order sent, GREASE left out.
 */
export function ja3(hello: ClientHello): string {
  return `${hello.legacyVersion},${decimals(hello.cipherSuites)},${decimals(hello.extensions)},${decimals(
    hello.supportedGroups,
  )},${hello.ecPointFormats.join('-')}`
}

/** MD5 of a JA3 string, 32 hex digits. */
export function ja3Hash(text: string): string {
  return hash('md5', text)
}

function decimals(values: readonly number[]): string {
  let text = ''
  for (const value of values) {
    if (isGrease(value)) continue
    text += text === '' ? `${value}` : `-${value}`
  }
  return text
}
