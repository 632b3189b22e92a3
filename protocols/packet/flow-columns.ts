import { type Side } from './flow-index.ts'

/** Bits of `flags`. The pairs are for side 0 and, shifted by one, side 1. */
export const SEEN = 0x1
export const SYN_SEEN = 0x4
export const ACKED = 0x10
export const FIN_SEEN = 0x40
/** A sequence number known only from the other side's acknowledgement. */
export const HINTED = 0x100
/** The side acknowledged a sequence number that the other side really sent. */
export const PROVEN = 0x400
export const CLIENT_IS_SIDE_1 = 0x1000
export const ROLE_KNOWN = 0x2000
/** Somebody was offered the flow, and wanted it or not. */
export const OFFERED = 0x4000

const NEVER = NaN

/**
 * What is kept of every connection, half-open ones included: about 100 bytes in typed arrays, no
 * object. Sequence numbers are signed 32-bit. Times are microseconds, NaN for never.
 */
export class FlowColumns {
  startedAt = new Float64Array(1024)
  lastAt = new Float64Array(1024)
  synAt = new Float64Array(1024)
  synAckAt = new Float64Array(1024)
  rttMs = new Float32Array(1024)
  flags = new Int32Array(1024)
  vlanId = new Int16Array(1024)
  tunnelPath = new Float64Array(1024)
  /** Per side: the sequence number before its first byte (its SYN's). */
  base = new Int32Array(2048)
  /** Per side: the end of what it was seen to send. */
  sentTo = new Int32Array(2048)
  /** Per side: what it acknowledged of the other's. */
  ackedTo = new Int32Array(2048)

  /** Sets a slot to nothing known. */
  begin(slot: number, at: number, vlanId: number, tunnelPath: number): void {
    if (slot >= this.flags.length) this.#grow()
    this.startedAt[slot] = at
    this.lastAt[slot] = at
    this.synAt[slot] = NEVER
    this.synAckAt[slot] = NEVER
    this.rttMs[slot] = NEVER
    this.flags[slot] = 0
    this.vlanId[slot] = vlanId
    this.tunnelPath[slot] = tunnelPath
    this.anchor(slot, 0, 0, 0)
    this.anchor(slot, 1, 0, 0)
    this.ackedTo[slot * 2] = 0
    this.ackedTo[slot * 2 + 1] = 0
  }

  has(slot: number, flag: number): boolean {
    return ((this.flags[slot] ?? 0) & flag) !== 0
  }

  hasOf(slot: number, flag: number, side: Side): boolean {
    return ((this.flags[slot] ?? 0) & (flag << side)) !== 0
  }

  set(slot: number, flag: number): void {
    this.flags[slot] = (this.flags[slot] ?? 0) | flag
  }

  setOf(slot: number, flag: number, side: Side): void {
    this.flags[slot] = (this.flags[slot] ?? 0) | (flag << side)
  }

  clearOf(slot: number, flag: number, side: Side): void {
    this.flags[slot] = (this.flags[slot] ?? 0) & ~(flag << side)
  }

  clientSide(slot: number): Side {
    return this.has(slot, CLIENT_IS_SIDE_1) ? 1 : 0
  }

  setClient(slot: number, side: Side): void {
    const flags = (this.flags[slot] ?? 0) & ~CLIENT_IS_SIDE_1
    this.flags[slot] = side === 1 ? flags | CLIENT_IS_SIDE_1 : flags
  }

  baseOf(slot: number, side: Side): number {
    return this.base[slot * 2 + side] ?? 0
  }

  sentToOf(slot: number, side: Side): number {
    return this.sentTo[slot * 2 + side] ?? 0
  }

  ackedToOf(slot: number, side: Side): number {
    return this.ackedTo[slot * 2 + side] ?? 0
  }

  /** Both the base and the end of a side's sequence numbers. */
  anchor(slot: number, side: Side, base: number, sentTo: number): void {
    this.base[slot * 2 + side] = base
    this.sentTo[slot * 2 + side] = sentTo
  }

  #grow(): void {
    const length = this.flags.length * 2
    this.startedAt = grown(this.startedAt, new Float64Array(length))
    this.lastAt = grown(this.lastAt, new Float64Array(length))
    this.synAt = grown(this.synAt, new Float64Array(length))
    this.synAckAt = grown(this.synAckAt, new Float64Array(length))
    this.rttMs = grown(this.rttMs, new Float32Array(length))
    this.flags = grown(this.flags, new Int32Array(length))
    this.vlanId = grown(this.vlanId, new Int16Array(length))
    this.tunnelPath = grown(this.tunnelPath, new Float64Array(length))
    this.base = grown(this.base, new Int32Array(length * 2))
    this.sentTo = grown(this.sentTo, new Int32Array(length * 2))
    this.ackedTo = grown(this.ackedTo, new Int32Array(length * 2))
  }
}

function grown<T extends Float64Array | Float32Array | Int32Array | Int16Array>(from: T, to: T): T {
  to.set(from)
  return to
}
