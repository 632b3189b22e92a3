/**
 * Text forms of the fixed 16-byte addresses in records: IPv4 is carried as ::ffff:a.b.c.d.
 */

/** True for ::ffff:0:0/96. */
export function isIpv4(address: Uint8Array): boolean {
  if (address[10] !== 0xff || address[11] !== 0xff) return false
  for (let i = 0; i < 10; i += 1) if (address[i] !== 0) return false
  return true
}

/** `192.0.2.1`, or IPv6 in RFC 5952 form. */
export function addressText(address: Uint8Array): string {
  if (isIpv4(address)) {
    return `${address[12] ?? 0}.${address[13] ?? 0}.${address[14] ?? 0}.${address[15] ?? 0}`
  }
  const groups = Array.from(
    { length: 8 },
    (_, i) => ((address[2 * i] ?? 0) << 8) | (address[2 * i + 1] ?? 0),
  )
  return compress(groups)
}

/**
 * What is scored as one client: the IPv4 address, or the IPv6 /64 as `2001:db8:1:2::/64`, for a host
 * has more addresses in its /64 than anybody can count.
 */
export function clientEntity(address: Uint8Array): string {
  if (isIpv4(address)) return addressText(address)
  const prefix = new Uint8Array(16)
  prefix.set(address.subarray(0, 8))
  return `${addressText(prefix)}/64`
}

function compress(groups: readonly number[]): string {
  let best = { start: -1, length: 1 }
  for (let start = 0; start < 8; start += 1) {
    let length = 0
    while (start + length < 8 && groups[start + length] === 0) length += 1
    if (length > best.length) best = { start, length }
  }
  const text = (part: readonly number[]): string => part.map((n) => n.toString(16)).join(':')
  if (best.start < 0) return text(groups)
  return `${text(groups.slice(0, best.start))}::${text(groups.slice(best.start + best.length))}`
}

/** Reads dotted IPv4 (also as ::ffff:) or IPv6 text into 16 bytes; undefined when it is neither. */
export function parseAddress(text: string): Uint8Array | undefined {
  if (text.length > 45) return undefined
  if (!text.includes(':')) return ipv4(text)
  const tail = /^(.*:)(\d{1,3}\.\d{1,3}\.\d{1,3}\.\d{1,3})$/.exec(text)
  let head = text
  if (tail !== null) {
    const last = ipv4(tail[2] ?? '')
    if (last === undefined) return undefined
    const hex = (at: number): string => (((last[at] ?? 0) << 8) | (last[at + 1] ?? 0)).toString(16)
    head = `${tail[1] ?? ''}${hex(12)}:${hex(14)}`
  }
  const groups = expandGroups(head)
  if (groups === undefined) return undefined
  const out = new Uint8Array(16)
  groups.forEach((group, i) => {
    out[2 * i] = group >> 8
    out[2 * i + 1] = group & 0xff
  })
  return out
}

function expandGroups(text: string): readonly number[] | undefined {
  const halves = text.split('::')
  if (halves.length > 2) return undefined
  const [left, right] = halves.map((half) => (half === '' ? [] : half.split(':')))
  const given = [...(left ?? []), ...(right ?? [])]
  if (!given.every((group) => /^[0-9a-fA-F]{1,4}$/.test(group))) return undefined
  const missing = 8 - given.length
  if (halves.length === 1 ? missing !== 0 : missing < 1) return undefined
  const zeros = Array.from({ length: missing }, () => '0')
  return [...(left ?? []), ...zeros, ...(right ?? [])].map((group) => parseInt(group, 16))
}

/** Four decimal octets without leading zeros; character by character, for every decision reads one. */
function ipv4(text: string): Uint8Array | undefined {
  const out = new Uint8Array(16)
  out[10] = 0xff
  out[11] = 0xff
  let part = 12
  let value = -1
  for (let i = 0; i <= text.length; i += 1) {
    const digit = text.charCodeAt(i) - 48
    if (digit >= 0 && digit <= 9) {
      if (value === 0) return undefined
      value = value < 0 ? digit : value * 10 + digit
      if (value > 255) return undefined
    } else {
      if (value < 0 || part > 15 || (i < text.length && digit !== DOT)) return undefined
      out[part] = value
      part += 1
      value = -1
    }
  }
  return part === 16 ? out : undefined
}

/** Code of '.' less that of '0'. */
const DOT = -2
