import { type Direction, type StreamChunk, type StreamEnd } from '../stream.ts'

/** What is known of a TCP connection so far: a live view, current at each call of its handler. */
export interface FlowFacts {
  /** 16 bytes, IPv4 as ::ffff:a.b.c.d; innermost addresses. */
  readonly clientAddress: Uint8Array
  readonly clientPort: number
  readonly serverAddress: Uint8Array
  readonly serverPort: number
  readonly vlanId: number | null
  /** Encapsulations, outermost first, joined by "/": vlan, mpls, gre, vxlan ...; null without. */
  readonly tunnel: string | null
  /** Who opened the connection is known from SYN or SYN-ACK; else it was guessed from ports. */
  readonly roleKnown: boolean
  /** Time of the first packet, microseconds since 1970. */
  readonly startedAt: number
  readonly synAt: number | null
  /** SYN-ACK to the client's ACK at the sensor, else SYN to SYN-ACK, milliseconds. */
  readonly rttMs: number | null
  readonly directions: 'both' | 'client' | 'server' | 'none'
  /** Bytes known to be missing so far. */
  readonly lostBytes: number
  /** The client acknowledged the server's sequence number: its address is not spoofed. */
  readonly proven: boolean
  readonly bytesFromClient: number
  readonly bytesFromServer: number
}

/** What a flow table feeds: one per TCP connection. */
export interface FlowHandler {
  /** One call per TCP segment that brought new in-order bytes. */
  data(chunk: StreamChunk): void
  gap(direction: Direction, length: number, capturedAt: number): void
  end(how: StreamEnd, at: number): void
}

/** Handed to the one who opens handlers. */
export interface Flow {
  readonly facts: FlowFacts
  /** Exchanges client and server when the roles were guessed wrongly; only before anything was emitted. */
  swapRoles(): void
  /** No more payload of this flow is wanted (the rest is encrypted): stop buffering, go on counting. */
  ignorePayload(): void
}
