/** One captured link-layer frame. */
export interface Frame {
  /** Link type as in the pcap registry (LINKTYPE_ETHERNET = 1, LINKTYPE_LINUX_SLL = 113 ...). */
  readonly linkType: number
  /** Microseconds since 1970, fractions for nanosecond captures. */
  readonly capturedAt: number
  /** What was captured; may be shorter than what was on the wire. Valid only until the next frame. */
  readonly bytes: Uint8Array
  /** Length on the wire. */
  readonly originalLength: number
}
