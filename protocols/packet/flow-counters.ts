import { type SkipReason } from './skip-reason.ts'

/** What a flow table has done so far. Every packet and every flow it did not use is here. */
export interface FlowCounters {
  frames: number
  bytes: number
  segments: number
  readonly skipped: Record<SkipReason, number>
  readonly flows: {
    opened: number
    /** Ended by FIN from both sides, or by RST. */
    finished: number
    reset: number
    idle: number
    halfOpenExpired: number
    /** Ended because the table was full. */
    evictedHalfOpen: number
    evictedUnproven: number
    evictedProven: number
    /** Ended because a new connection took its addresses and ports. */
    replaced: number
    /** Still open when the capture ended. */
    cutShort: number
    /** Begun without SYN: the roles were guessed. */
    midstream: number
  }
  readonly packets: {
    /** Of no known flow, and with nothing that would begin one. */
    stray: number
    /** Of a flow that had ended. */
    late: number
    repeatedSyn: number
    /** RST whose sequence number the receiver would not have accepted. */
    badReset: number
    /** Too far ahead of what the side sent to belong to the connection. */
    outOfWindow: number
    /** Bytes on a SYN that the server did not take (RFC 7413). */
    refusedSynData: number
  }
}

export function createFlowCounters(): FlowCounters {
  return {
    frames: 0,
    bytes: 0,
    segments: 0,
    skipped: noSkips(),
    flows: {
      opened: 0,
      finished: 0,
      reset: 0,
      idle: 0,
      halfOpenExpired: 0,
      evictedHalfOpen: 0,
      evictedUnproven: 0,
      evictedProven: 0,
      replaced: 0,
      cutShort: 0,
      midstream: 0,
    },
    packets: { stray: 0, late: 0, repeatedSyn: 0, badReset: 0, outOfWindow: 0, refusedSynData: 0 },
  }
}

function noSkips(): Record<SkipReason, number> {
  return {
    'unknown-link-type': 0,
    'not-ip': 0,
    'not-tcp': 0,
    quic: 0,
    dtls: 0,
    encrypted: 0,
    cut: 0,
    malformed: 0,
    'too-deep': 0,
    'unknown-tunnel': 0,
    'fragment-held': 0,
    'fragment-refused': 0,
  }
}
