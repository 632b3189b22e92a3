import { type PacketCursor, type Step } from './packet-cursor.ts'

export interface FragmentLimits {
  readonly maxDatagrams: number
  readonly maxBytes: number
  readonly maxPieces: number
  /** Event time, microseconds (RFC 791 and 8200 say 15 to 60 s). */
  readonly timeoutUs: number
}

const DEFAULTS: FragmentLimits = {
  maxDatagrams: 1024,
  maxBytes: 8 << 20,
  maxPieces: 128,
  timeoutUs: 30e6,
}

/** Where a fragment lies in its datagram, and which datagram that is. */
export interface Fragment {
  readonly identification: number
  readonly offset: number
  readonly more: boolean
  readonly addressesAt: number
  readonly addressesLength: 8 | 32
}

export interface Fragments {
  /**
   * Keeps the payload at the cursor. When it completes a datagram, the cursor is set on the whole
   * payload and `transport` returned. Overlaps: what came first stays, except that an overlapping
   * IPv6 datagram is refused whole (RFC 5722).
   */
  add(c: PacketCursor, fragment: Fragment): Step
  readonly size: number
}

interface Piece {
  readonly from: number
  readonly bytes: Uint8Array
}

interface Datagram {
  readonly pieces: Piece[]
  readonly startedAt: number
  bytes: number
  /** Length of the whole payload, once the last fragment told it. */
  total: number | undefined
}

/** Bounded IP reassembly on event time. Oldest datagrams make room for new ones. */
export function createFragments(limits: Partial<FragmentLimits> = {}): Fragments {
  const bounds = { ...DEFAULTS, ...limits }
  const datagrams = new Map<string, Datagram>()
  let held = 0

  function forget(key: string, datagram: Datagram): void {
    held -= datagram.bytes
    datagrams.delete(key)
  }

  function expire(now: number): void {
    for (const [key, datagram] of datagrams) {
      if (now - datagram.startedAt <= bounds.timeoutUs) return
      forget(key, datagram)
    }
  }

  function makeRoom(bytes: number): void {
    for (const [key, datagram] of datagrams) {
      if (datagrams.size < bounds.maxDatagrams && held + bytes <= bounds.maxBytes) return
      forget(key, datagram)
    }
  }

  return {
    get size() {
      return datagrams.size
    },
    add(c, fragment) {
      const length = c.wireEnd - c.at
      const end = fragment.offset + length
      if (c.end < c.wireEnd || length <= 0 || end > 0xffff) return 'fragment-refused'
      if (fragment.more && length % 8 !== 0) return 'malformed'
      expire(c.segment.capturedAt)
      const key = datagramKey(c, fragment)
      const known = datagrams.get(key)
      if (known === undefined || held + length > bounds.maxBytes) makeRoom(length)
      const datagram = datagrams.get(key) ?? begin(c.segment.capturedAt)
      if (!fragment.more) datagram.total ??= end
      if (!accept(datagram, c, fragment, bounds.maxPieces)) {
        forget(key, datagram)
        return 'fragment-refused'
      }
      datagrams.set(key, datagram)
      held += length
      const whole = assemble(c, datagram, fragment)
      if (whole === undefined) return 'fragment-held'
      forget(key, datagram)
      seat(c, whole, fragment.addressesLength)
      return 'transport'
    },
  }
}

function begin(startedAt: number): Datagram {
  return { pieces: [], startedAt, bytes: 0, total: undefined }
}

/** Rare enough that a string is fine: the ordinary packet never comes here. */
function datagramKey(c: PacketCursor, fragment: Fragment): string {
  const addresses = c.bytes.subarray(
    fragment.addressesAt,
    fragment.addressesAt + fragment.addressesLength,
  )
  return `${addresses.join('.')}|${c.type}|${fragment.identification}`
}

function accept(datagram: Datagram, c: PacketCursor, fragment: Fragment, max: number): boolean {
  if (datagram.pieces.length >= max) return false
  const from = fragment.offset
  const bytes = c.bytes.slice(c.at, c.end)
  const to = from + bytes.length
  if (!withinTotal(datagram, to)) return false
  if (fragment.addressesLength === 32 && overlapsOther(datagram, from, to)) return false
  datagram.pieces.push({ from, bytes })
  datagram.bytes += bytes.length
  return true
}

/** Nothing held, nor what comes up to `to`, may lie beyond where the last fragment ended. */
function withinTotal(datagram: Datagram, to: number): boolean {
  const { total } = datagram
  if (total === undefined) return true
  return to <= total && datagram.pieces.every((piece) => piece.from + piece.bytes.length <= total)
}

/** An exact duplicate is harmless; anything else that overlaps is an attack. */
function overlapsOther(datagram: Datagram, from: number, to: number): boolean {
  return datagram.pieces.some((piece) => {
    const end = piece.from + piece.bytes.length
    return from < end && piece.from < to && !(from === piece.from && to === end)
  })
}

/** Address bytes, then the payload; undefined while something is missing. */
function assemble(c: PacketCursor, datagram: Datagram, fragment: Fragment): Uint8Array | undefined {
  const { total } = datagram
  if (total === undefined || datagram.bytes < total) return undefined
  const whole = new Uint8Array(fragment.addressesLength + total)
  // Later pieces first, so that what came first is written last and stays.
  for (const piece of [...datagram.pieces].reverse()) {
    whole.set(piece.bytes, fragment.addressesLength + piece.from)
  }
  if (!covers(datagram.pieces, total)) return undefined
  const addressesEnd = fragment.addressesAt + fragment.addressesLength
  whole.set(c.bytes.subarray(fragment.addressesAt, addressesEnd))
  return whole
}

function covers(pieces: readonly Piece[], total: number): boolean {
  let reached = 0
  for (const piece of [...pieces].sort((a, b) => a.from - b.from)) {
    if (piece.from > reached) return false
    reached = Math.max(reached, piece.from + piece.bytes.length)
  }
  return reached >= total
}

function seat(c: PacketCursor, whole: Uint8Array, addressesLength: 8 | 32): void {
  c.bytes = whole
  c.at = addressesLength
  c.end = whole.length
  c.wireEnd = whole.length
  c.segment.sourceAt = 0
  c.segment.destinationAt = addressesLength / 2
}
