import { addressText, isIpv4, parseAddress } from './client-entity.ts'

/** First and last address of a client, as columns of type IPv6 show them: one IPv4 address, or an IPv6 /64. */
export interface ClientRange {
  readonly first: string
  readonly last: string
}

export function rangeOfAddress(address: Uint8Array): ClientRange {
  if (isIpv4(address)) {
    const text = `::ffff:${addressText(address)}`
    return { first: text, last: text }
  }
  const first = Uint8Array.from(address)
  const last = Uint8Array.from(address)
  first.fill(0, 8)
  last.fill(0xff, 8)
  return { first: addressText(first), last: addressText(last) }
}

/** Of a client entity: an IPv4 address, or an IPv6 /64. */
export function rangeOfEntity(entity: string): ClientRange | undefined {
  const address = parseAddress(entity.split('/', 1)[0] ?? '')
  return address === undefined ? undefined : rangeOfAddress(address)
}
