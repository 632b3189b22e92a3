/** How much a flow table may hold, and for how long (event time, microseconds). */
export interface FlowLimits {
  /** Connections of any kind, half-open ones included: about 130 bytes each. */
  readonly maxFlows: number
  /** Connections that carry payload: these have objects and handlers. */
  readonly maxConnections: number
  /** Out-of-order bytes one direction may keep waiting before its hole is given up. */
  readonly maxBytesPerStream: number
  /** The same over all connections, remembered bytes included. */
  readonly maxBytes: number
  /** First bytes of each direction remembered to notice retransmissions that differ. */
  readonly historyBytes: number
  readonly halfOpenTimeoutUs: number
  readonly idleTimeoutUs: number
  /** How long an ended connection still absorbs its late packets. */
  readonly lingerUs: number
}

export const FLOW_LIMITS: FlowLimits = {
  maxFlows: 1 << 20,
  maxConnections: 1 << 18,
  maxBytesPerStream: 256 << 10,
  maxBytes: 64 << 20,
  historyBytes: 4096,
  halfOpenTimeoutUs: 30e6,
  idleTimeoutUs: 300e6,
  lingerUs: 10e6,
}
