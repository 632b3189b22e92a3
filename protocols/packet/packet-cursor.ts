import { type SkipReason } from './skip-reason.ts'
import { TcpSegment } from './tcp-segment.ts'
import { enter } from './tunnel-path.ts'

/** What the bytes at the cursor are to be read as. */
export type Layer =
  'ethernet' | 'ethertype' | 'ipv4' | 'ipv6' | 'mpls' | 'ppp' | 'ip' | 'transport' | 'gre'

/** A layer's verdict: read on as another layer, a segment was found, or why there is none. */
export type Step = Layer | 'tcp' | SkipReason

/** Where the walk through one packet stands. Every layer moves it; nothing is allocated. */
export class PacketCursor {
  bytes: Uint8Array = new Uint8Array(0)
  at = 0
  /** End of what was captured of the current layer. */
  end = 0
  /** End of the current layer on the wire: beyond `end` when the capture cut it. */
  wireEnd = 0
  /** EtherType, or IP protocol for the transport layer. */
  type = 0
  depth = 0
  readonly segment = new TcpSegment()

  has(length: number): boolean {
    return this.at + length <= this.end
  }

  /** Why `length` bytes are not there. */
  short(length: number): 'cut' | 'malformed' {
    return this.at + length > this.wireEnd ? 'malformed' : 'cut'
  }

  /** Notes one more encapsulation around what follows. */
  enter(tunnel: number): void {
    this.depth += 1
    this.segment.tunnelPath = enter(this.segment.tunnelPath, tunnel)
  }

  /** The current layer says its own length: trailers (Ethernet padding) end here. */
  limit(wireEnd: number): void {
    this.wireEnd = wireEnd
    if (wireEnd < this.end) this.end = wireEnd
  }
}
