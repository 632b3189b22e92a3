import { type Direction, type StreamEnd } from '../stream.ts'
import { type Flow, type FlowFacts, type FlowHandler } from './flow-handler.ts'
import { type FlowEnds, type Side } from './flow-index.ts'
import { HalfStream, type HalfStreamSink, type StreamBudget } from './half-stream.ts'

/** What the table knows of a connection's opening; copied here whenever it changes. */
export interface Opening {
  readonly clientSide: Side
  readonly roleKnown: boolean
  readonly synAt: number | null
  readonly rttMs: number | null
  /** Per side: it acknowledged what the other really sent. */
  readonly proven0: boolean
  readonly proven1: boolean
}

/** What never changes about a connection. */
export interface Identity {
  readonly ends: FlowEnds
  readonly vlanId: number | null
  readonly tunnel: string | null
  readonly startedAt: number
}

/** A connection somebody listens to: two half streams, its facts, its handler. */
export class Connection implements Flow, HalfStreamSink {
  /** A SYN with another sequence number came while this was open: believed once it is answered. */
  pendingSyn: { readonly side: Side; readonly sequence: number; readonly at: number } | undefined
  /** The side whose SYN brought bytes that the server has not yet taken or refused. */
  synData: Side | undefined
  readonly #stream0: HalfStream
  readonly #stream1: HalfStream
  readonly #live: LiveFacts
  #handler: FlowHandler | undefined
  #ignoring = false

  /** `next0` and `next1` are the sequence numbers that each side's first byte should have. */
  constructor(
    identity: Identity,
    opening: Opening,
    next0: number,
    next1: number,
    budget: StreamBudget,
  ) {
    this.#live = new LiveFacts(identity, opening)
    this.#stream0 = new HalfStream(0, next0, budget, this)
    this.#stream1 = new HalfStream(1, next1, budget, this)
  }

  get facts(): FlowFacts {
    return this.#live
  }

  get clientSide(): Side {
    return this.#live.clientSide
  }

  get ignoring(): boolean {
    return this.#ignoring
  }

  attach(handler: FlowHandler | undefined): void {
    this.#handler = handler
    if (handler === undefined) this.ignorePayload()
  }

  swapRoles(): void {
    this.#live.swap()
  }

  ignorePayload(): void {
    this.#ignoring = true
    this.#stream0.clear()
    this.#stream1.clear()
  }

  opened(opening: Opening): void {
    this.#live.opened(opening)
  }

  /** Restarts a side that had sent nothing yet at another sequence number. */
  restart(side: Side, next: number): void {
    this.#stream(side).next = next
  }

  seen(side: Side): void {
    this.#live.seen(side)
  }

  push(side: Side, from: number, bytes: Uint8Array, length: number, at: number): void {
    this.#stream(side).push(from, bytes, length, at)
  }

  /** What `push` comes to when nobody wants the payload: it is counted. */
  skim(side: Side, end: number): void {
    const stream = this.#stream(side)
    const advance = (end - stream.next) | 0
    if (advance <= 0) return
    stream.next = end
    this.#live.sent(side, advance)
  }

  /** Keeps bytes back until it is known whether the server took them. */
  hold(side: Side, from: number, bytes: Uint8Array, length: number, at: number): void {
    if (this.#ignoring) return
    this.synData = side
    this.#stream(side).wait(from, bytes, length, at)
  }

  /** What was held was taken, and is delivered; or refused, and will come again. */
  settle(taken: boolean): void {
    if (this.synData === undefined) return
    const stream = this.#stream(this.synData)
    this.synData = undefined
    if (taken) stream.drain()
    else stream.drop()
  }

  acknowledged(side: Side, acknowledgement: number): void {
    const stream = this.#stream(side)
    if (stream.waiting && side !== this.synData) stream.acknowledged(acknowledgement)
  }

  next(side: Side): number {
    return this.#stream(side).next
  }

  /** Delivers what still waits, declares what is known to be missing, and tells the end. */
  end(how: StreamEnd, at: number, sentTo0: number, sentTo1: number): void {
    this.settle(true)
    if (!this.#ignoring) {
      this.#stream0.flush()
      this.#stream0.loseUpTo(sentTo0, at)
      this.#stream1.flush()
      this.#stream1.loseUpTo(sentTo1, at)
    }
    this.#stream0.clear()
    this.#stream1.clear()
    this.#handler?.end(how, at)
    this.#handler = undefined
    this.#ignoring = true
  }

  bytes(side: Side, bytes: Uint8Array, capturedAt: number): void {
    this.#live.sent(side, bytes.length)
    if (this.#ignoring) return
    this.#handler?.data({ direction: this.#live.direction(side), bytes, capturedAt })
  }

  hole(side: Side, length: number, capturedAt: number): void {
    this.#live.lost(side, length)
    if (this.#ignoring) return
    this.#handler?.gap(this.#live.direction(side), length, capturedAt)
  }

  #stream(side: Side): HalfStream {
    return side === 0 ? this.#stream0 : this.#stream1
  }
}

/** The facts as the handler sees them; a field for each side, for arrays of two cost more than all else here. */
class LiveFacts implements FlowFacts {
  readonly vlanId: number | null
  readonly tunnel: string | null
  readonly startedAt: number
  lostBytes = 0
  clientSide: Side
  readonly #ends: FlowEnds
  #opening: Opening
  #sent0 = 0
  #sent1 = 0
  #seen0 = false
  #seen1 = false

  constructor(identity: Identity, opening: Opening) {
    this.#ends = identity.ends
    this.#opening = opening
    this.clientSide = opening.clientSide
    this.vlanId = identity.vlanId
    this.tunnel = identity.tunnel
    this.startedAt = identity.startedAt
  }

  get clientAddress(): Uint8Array {
    return this.clientSide === 0 ? this.#ends.address0 : this.#ends.address1
  }
  get clientPort(): number {
    return this.clientSide === 0 ? this.#ends.port0 : this.#ends.port1
  }
  get serverAddress(): Uint8Array {
    return this.clientSide === 0 ? this.#ends.address1 : this.#ends.address0
  }
  get serverPort(): number {
    return this.clientSide === 0 ? this.#ends.port1 : this.#ends.port0
  }
  get roleKnown(): boolean {
    return this.#opening.roleKnown
  }
  get synAt(): number | null {
    return this.#opening.synAt
  }
  get rttMs(): number | null {
    return this.#opening.rttMs
  }
  get proven(): boolean {
    return this.clientSide === 0 ? this.#opening.proven0 : this.#opening.proven1
  }
  get bytesFromClient(): number {
    return this.clientSide === 0 ? this.#sent0 : this.#sent1
  }
  get bytesFromServer(): number {
    return this.clientSide === 0 ? this.#sent1 : this.#sent0
  }
  get directions(): FlowFacts['directions'] {
    const client = this.clientSide === 0 ? this.#seen0 : this.#seen1
    const server = this.clientSide === 0 ? this.#seen1 : this.#seen0
    if (client) return server ? 'both' : 'client'
    return server ? 'server' : 'none'
  }

  direction(side: Side): Direction {
    return side === this.clientSide ? 'client' : 'server'
  }

  opened(opening: Opening): void {
    this.#opening = opening
    if (opening.roleKnown) this.clientSide = opening.clientSide
  }

  swap(): void {
    if (!this.#opening.roleKnown) this.clientSide = other(this.clientSide)
  }

  seen(side: Side): void {
    if (side === 0) this.#seen0 = true
    else this.#seen1 = true
  }

  sent(side: Side, bytes: number): void {
    if (side === 0) this.#sent0 += bytes
    else this.#sent1 += bytes
  }

  lost(side: Side, bytes: number): void {
    this.sent(side, bytes)
    this.lostBytes += bytes
  }
}

export function other(side: Side): Side {
  return side === 0 ? 1 : 0
}
