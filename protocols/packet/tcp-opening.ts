import { type Opening } from './connection.ts'
import {
  ACKED,
  FIN_SEEN,
  type FlowColumns,
  HINTED,
  PROVEN,
  ROLE_KNOWN,
  SEEN,
  SYN_SEEN,
} from './flow-columns.ts'
import { type Side } from './flow-index.ts'
import { type TcpSegment } from './tcp-segment.ts'

/** An acknowledgement this far from what a side sends was not meant for it. */
const PLAUSIBLE = 1 << 20

/** A SYN: its sender is the client. */
export function noteSyn(c: FlowColumns, slot: number, side: Side, segment: TcpSegment): void {
  c.anchor(slot, side, segment.sequence, (segment.sequence + 1) | 0)
  c.setOf(slot, SEEN | SYN_SEEN, side)
  c.set(slot, ROLE_KNOWN)
  c.setClient(slot, side)
  c.synAt[slot] = segment.capturedAt
}

/** The SYN of a connection whose first bytes were captured before it. */
export function noteLateSyn(c: FlowColumns, slot: number, side: Side, at: number): void {
  c.setOf(slot, SYN_SEEN, side)
  c.set(slot, ROLE_KNOWN)
  c.setClient(slot, side)
  c.synAt[slot] = at
}

/**
 * A SYN-ACK: its sender is the server. `refused` when it answers no SYN that was sent or contradicts
 * what is known; `anchored` when it tells where the server's stream begins.
 */
export function noteSynAck(
  c: FlowColumns,
  slot: number,
  side: Side,
  segment: TcpSegment,
): 'refused' | 'known' | 'anchored' {
  const client: Side = side === 0 ? 1 : 0
  const answersSyn = c.hasOf(slot, SYN_SEEN, client)
  if (answersSyn && !acknowledges(c, slot, client, segment.acknowledgement)) return 'refused'
  const seen = c.hasOf(slot, SEEN, side)
  const known = seen && c.baseOf(slot, side) === segment.sequence
  if (seen && !known && contradicts(c, slot, side, client)) return 'refused'
  if (!known) c.anchor(slot, side, segment.sequence, (segment.sequence + 1) | 0)
  c.setOf(slot, SEEN | SYN_SEEN, side)
  c.clearOf(slot, HINTED, side)
  c.set(slot, ROLE_KNOWN)
  c.setClient(slot, client)
  noteSynAckTime(c, slot, client, segment.capturedAt)
  return known ? 'known' : 'anchored'
}

/** Another SYN-ACK (SYN cookies make new ones) is believed until something was built on the first. */
function contradicts(c: FlowColumns, slot: number, side: Side, client: Side): boolean {
  const sentMore = ((c.sentToOf(slot, side) - c.baseOf(slot, side)) | 0) > 1
  return sentMore || c.hasOf(slot, PROVEN, client)
}

function noteSynAckTime(c: FlowColumns, slot: number, client: Side, at: number): void {
  if (c.hasOf(slot, PROVEN, client)) return
  c.synAckAt[slot] = at
  c.rttMs[slot] = (at - (c.synAt[slot] ?? NaN)) / 1000
}

/** The first packet of a side whose SYN was not seen. True when its stream begins here. */
export function noteFirst(c: FlowColumns, slot: number, side: Side, sequence: number): boolean {
  if (c.hasOf(slot, SEEN, side)) return false
  c.setOf(slot, SEEN, side)
  const hinted = c.hasOf(slot, HINTED, side)
  const ahead = (sequence - c.sentToOf(slot, side)) | 0
  c.clearOf(slot, HINTED, side)
  // What the other side acknowledged tells where this stream stands, unless it is nonsense.
  if (hinted && Math.abs(ahead) < PLAUSIBLE) return false
  c.anchor(slot, side, (sequence - 1) | 0, sequence)
  return true
}

/**
 * An acknowledgement. `news` when it was new; `anchored` when it is the first to tell where the
 * other side's stream stands.
 */
export function noteAck(
  c: FlowColumns,
  slot: number,
  side: Side,
  segment: TcpSegment,
): 'old' | 'news' | 'anchored' {
  const { acknowledgement } = segment
  const peer: Side = side === 0 ? 1 : 0
  const known = c.hasOf(slot, SEEN, peer)
  const before = c.ackedToOf(slot, side)
  if (c.hasOf(slot, ACKED, side) && ((acknowledgement - before) | 0) <= 0) return 'old'
  if (known && !plausible(c, slot, peer, acknowledgement)) return 'old'
  c.ackedTo[slot * 2 + side] = acknowledgement
  c.setOf(slot, ACKED, side)
  if (known) {
    if (acknowledges(c, slot, peer, acknowledgement)) prove(c, slot, side, segment.capturedAt)
    return 'news'
  }
  const first = !c.hasOf(slot, HINTED, peer)
  c.setOf(slot, HINTED, peer)
  if (!first) return 'news'
  c.anchor(slot, peer, (acknowledgement - 1) | 0, acknowledgement)
  return 'anchored'
}

function plausible(c: FlowColumns, slot: number, peer: Side, acknowledgement: number): boolean {
  return Math.abs((acknowledgement - c.sentToOf(slot, peer)) | 0) < 1 << 30
}

/** Within what the side was really seen to send. */
function acknowledges(
  c: FlowColumns,
  slot: number,
  sender: Side,
  acknowledgement: number,
): boolean {
  const past = (acknowledgement - c.baseOf(slot, sender)) | 0
  const sent = (c.sentToOf(slot, sender) - c.baseOf(slot, sender)) | 0
  const fin = c.hasOf(slot, FIN_SEEN, sender) ? 1 : 0
  return past >= 1 && past <= sent + fin
}

function prove(c: FlowColumns, slot: number, side: Side, at: number): void {
  if (c.hasOf(slot, PROVEN, side)) return
  // In mid-stream only bytes prove something: there is no SYN to acknowledge.
  const peer: Side = side === 0 ? 1 : 0
  const past = (c.ackedToOf(slot, side) - c.baseOf(slot, peer)) | 0
  if (!c.hasOf(slot, SYN_SEEN, peer) && past <= 1) return
  c.setOf(slot, PROVEN, side)
  const synAckAt = c.synAckAt[slot] ?? NaN
  if (side === c.clientSide(slot) && !Number.isNaN(synAckAt)) {
    c.rttMs[slot] = (at - synAckAt) / 1000
  }
}

/** Notes how far a side has sent. */
export function noteSent(c: FlowColumns, slot: number, side: Side, end: number): void {
  if (((end - c.sentToOf(slot, side)) | 0) > 0) c.sentTo[slot * 2 + side] = end
}

/**
 * Would the receiver believe this RST? RFC 5961 section 3.2, loosened to what an onlooker can know:
 * between what the receiver acknowledged and what the sender sent.
 */
export function resetIsValid(c: FlowColumns, slot: number, side: Side, s: TcpSegment): boolean {
  const peer: Side = side === 0 ? 1 : 0
  if (!c.hasOf(slot, SEEN, side)) {
    if ((s.flags & 0x10) !== 0 && acknowledges(c, slot, peer, s.acknowledgement)) return true
    return c.hasOf(slot, HINTED, side) && s.sequence === c.sentToOf(slot, side)
  }
  const from = c.hasOf(slot, ACKED, peer) ? c.ackedToOf(slot, peer) : c.baseOf(slot, side)
  const beyond = (s.sequence - from) | 0
  const before = (c.sentToOf(slot, side) + 1 - s.sequence) | 0
  return beyond >= 0 && before >= 0
}

/** What a handler may know of how the connection was opened. */
export function openingOf(c: FlowColumns, slot: number): Opening {
  const rttMs = c.rttMs[slot] ?? NaN
  const synAt = c.synAt[slot] ?? NaN
  return {
    clientSide: c.clientSide(slot),
    roleKnown: c.has(slot, ROLE_KNOWN),
    synAt: Number.isNaN(synAt) ? null : synAt,
    rttMs: Number.isNaN(rttMs) ? null : rttMs,
    proven0: c.hasOf(slot, PROVEN, 0),
    proven1: c.hasOf(slot, PROVEN, 1),
  }
}
