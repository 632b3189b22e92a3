import { type Direction, type StreamEnd } from '../stream.ts'
import { type Flow, type FlowFacts, type FlowHandler } from './flow-handler.ts'
import { type FlowKey, type Side } from './flow-index.ts'
import { HalfStream, type StreamBudget } from './half-stream.ts'

/** What the table knows of a connection's opening; copied here whenever it changes. */
export interface Opening {
  readonly clientSide: Side
  readonly roleKnown: boolean
  readonly synAt: number | null
  readonly rttMs: number | null
  /** Per side: it acknowledged what the other really sent. */
  readonly proven: readonly [boolean, boolean]
}

/** What never changes about a connection. */
export interface Identity {
  readonly key: FlowKey
  readonly vlanId: number | null
  readonly tunnel: string | null
  readonly startedAt: number
}

/** A connection somebody listens to: two half streams, its facts, its handler. */
export class Connection implements Flow {
  /** A SYN with another sequence number came while this was open: believed once it is answered. */
  pendingSyn: { readonly side: Side; readonly sequence: number; readonly at: number } | undefined
  /** The side whose SYN brought bytes that the server has not yet taken or refused. */
  synData: Side | undefined
  readonly facts: FlowFacts
  readonly #streams: readonly [HalfStream, HalfStream]
  readonly #live: LiveFacts
  #handler: FlowHandler | undefined
  #ignoring = false

  constructor(
    identity: Identity,
    opening: Opening,
    next: readonly [number, number],
    budget: StreamBudget,
  ) {
    this.#live = new LiveFacts(identity, opening)
    this.facts = this.#live
    this.#streams = [this.#stream(0, next[0], budget), this.#stream(1, next[1], budget)]
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
    this.#streams[0].clear()
    this.#streams[1].clear()
  }

  opened(opening: Opening): void {
    this.#live.opened(opening)
  }

  /** Restarts a side that had sent nothing yet at another sequence number. */
  restart(side: Side, next: number): void {
    this.#streams[side].next = next
  }

  seen(side: Side): void {
    this.#live.seen(side)
  }

  push(side: Side, from: number, bytes: Uint8Array, length: number, at: number): void {
    const stream = this.#streams[side]
    if (this.#ignoring) this.#skim(side, (from + length) | 0)
    else stream.push(from, bytes, length, at)
  }

  /** Keeps bytes back until it is known whether the server took them. */
  hold(side: Side, from: number, bytes: Uint8Array, length: number, at: number): void {
    if (this.#ignoring) return
    this.synData = side
    this.#streams[side].wait(from, bytes, length, at)
  }

  /** What was held was taken, and is delivered; or refused, and will come again. */
  settle(taken: boolean): void {
    if (this.synData === undefined) return
    const stream = this.#streams[this.synData]
    this.synData = undefined
    if (taken) stream.drain()
    else stream.drop()
  }

  acknowledged(side: Side, acknowledgement: number): void {
    const stream = this.#streams[side]
    if (stream.waiting && side !== this.synData) stream.acknowledged(acknowledgement)
  }

  next(side: Side): number {
    return this.#streams[side].next
  }

  /** Delivers what still waits, declares what is known to be missing, and tells the end. */
  end(how: StreamEnd, at: number, sentTo: readonly [number, number]): void {
    this.settle(true)
    if (!this.#ignoring) {
      for (const side of [0, 1] as const) {
        this.#streams[side].flush()
        this.#streams[side].loseUpTo(sentTo[side], at)
      }
    }
    this.#streams[0].clear()
    this.#streams[1].clear()
    this.#handler?.end(how, at)
    this.#handler = undefined
    this.#ignoring = true
  }

  #skim(side: Side, end: number): void {
    const stream = this.#streams[side]
    const advance = (end - stream.next) | 0
    if (advance <= 0) return
    stream.next = end
    this.#live.sent(side, advance)
  }

  #stream(side: Side, next: number, budget: StreamBudget): HalfStream {
    return new HalfStream(next, budget, {
      bytes: (bytes, capturedAt) => {
        this.#live.sent(side, bytes.length)
        if (this.#ignoring) return
        this.#handler?.data({ direction: this.#live.direction(side), bytes, capturedAt })
      },
      hole: (length, capturedAt) => {
        this.#live.lost(side, length)
        if (this.#ignoring) return
        this.#handler?.gap(this.#live.direction(side), length, capturedAt)
      },
    })
  }
}

/** The facts as the handler sees them. */
class LiveFacts implements FlowFacts {
  readonly vlanId: number | null
  readonly tunnel: string | null
  readonly startedAt: number
  lostBytes = 0
  clientSide: Side
  readonly #identity: Identity
  #opening: Opening
  readonly #sent: [number, number] = [0, 0]
  readonly #seen: [boolean, boolean] = [false, false]
  readonly #addresses: [Uint8Array | undefined, Uint8Array | undefined] = [undefined, undefined]

  constructor(identity: Identity, opening: Opening) {
    this.#identity = identity
    this.#opening = opening
    this.clientSide = opening.clientSide
    this.vlanId = identity.vlanId
    this.tunnel = identity.tunnel
    this.startedAt = identity.startedAt
  }

  get clientAddress(): Uint8Array {
    return this.#address(this.clientSide)
  }
  get clientPort(): number {
    return this.#identity.key.port(this.clientSide)
  }
  get serverAddress(): Uint8Array {
    return this.#address(other(this.clientSide))
  }
  get serverPort(): number {
    return this.#identity.key.port(other(this.clientSide))
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
    return this.#opening.proven[this.clientSide]
  }
  get bytesFromClient(): number {
    return this.#sent[this.clientSide]
  }
  get bytesFromServer(): number {
    return this.#sent[other(this.clientSide)]
  }
  get directions(): FlowFacts['directions'] {
    const client = this.#seen[this.clientSide]
    const server = this.#seen[other(this.clientSide)]
    if (client) return server ? 'both' : 'client'
    return server ? 'server' : 'none'
  }

  /** Spelled out once: every record of the connection asks for both. */
  #address(side: Side): Uint8Array {
    return (this.#addresses[side] ??= this.#identity.key.address(side))
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
    this.#seen[side] = true
  }

  sent(side: Side, bytes: number): void {
    this.#sent[side] += bytes
  }

  lost(side: Side, bytes: number): void {
    this.#sent[side] += bytes
    this.lostBytes += bytes
  }
}

export function other(side: Side): Side {
  return side === 0 ? 1 : 0
}
