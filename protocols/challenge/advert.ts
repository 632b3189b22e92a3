import { fromBase64Url, toBase64Url } from './base64url.ts'
import { type GatePublicKeys } from './gate-keys.ts'

/** Versions of this protocol that this code speaks. */
export const PROTOCOL_VERSION = 1

/** Characters of the line with CR LF: libssh refuses lines of 268, RFC 4253 section 4.2 has 255 for V_S. */
export const LONGEST_ADVERT = 215

/** What a gate says of itself before its server's identification string. */
export interface Advert {
  readonly versions: readonly number[]
  readonly keys: GatePublicKeys
}

const LABEL = 'X-VESTIBULE-GATE'

/** The line, CR LF included, that goes before the server's identification string (RFC 4253 section 4.2). */
export function formatAdvert(keys: GatePublicKeys, versions = [PROTOCOL_VERSION]): string {
  return `${LABEL} ${versions.join(',')} sign=${toBase64Url(keys.sign)} seal=${toBase64Url(keys.seal)}\r\n`
}

/**
 * Reads a line (without its line end), undefined when it is anything else than an advert:
 *
 *     advert  = "X-VESTIBULE-GATE" SP versions SP "sign=" key SP "seal=" key *(SP token)
 *     versions = number *("," number)       ; 1..8 of them, each 1..255
 *     key     = 43 characters of base64url  ; 32 bytes
 *     token   = 1*VCHAR                     ; for later versions, ignored
 */
export function parseAdvert(line: string): Advert | undefined {
  if (line.length > LONGEST_ADVERT) return undefined
  const [label, versionList, sign, seal] = line.split(' ')
  if (label !== LABEL || versionList === undefined) return undefined
  const versions = parseVersions(versionList)
  const keys = { sign: keyOf('sign=', sign), seal: keyOf('seal=', seal) }
  if (versions === undefined || keys.sign === undefined || keys.seal === undefined) return undefined
  return { versions, keys: { sign: keys.sign, seal: keys.seal } }
}

function parseVersions(list: string): number[] | undefined {
  const parts = list.split(',')
  const versions = parts.map(Number)
  const fits = parts.every((part) => /^[1-9][0-9]{0,2}$/.test(part)) && parts.length <= 8
  return fits && versions.every((version) => version <= 255) ? versions : undefined
}

function keyOf(prefix: string, token: string | undefined): Buffer | undefined {
  if (token?.startsWith(prefix) !== true) return undefined
  const bytes = fromBase64Url(token.slice(prefix.length))
  return bytes?.length === 32 ? bytes : undefined
}
