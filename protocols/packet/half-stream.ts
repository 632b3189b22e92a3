import { type Side } from './flow-index.ts'

/** What a half stream tells: bytes in order, holes, and what it noticed on the way. */
export interface HalfStreamSink {
  bytes(side: Side, bytes: Uint8Array, capturedAt: number): void
  hole(side: Side, length: number, capturedAt: number): void
}

/** What all half streams of one table may hold together, and what they count. */
export interface StreamBudget {
  readonly maxBytesPerStream: number
  readonly maxBytes: number
  readonly historyBytes: number
  /** History buffers not in use. */
  readonly spare: Uint8Array[]
  held: number
  duplicateBytes: number
  conflicts: number
  outOfOrder: number
  forcedGaps: number
}

interface Piece {
  readonly from: number
  readonly bytes: Uint8Array
  /** Length on the wire: more than was captured when the snapshot length cut it. */
  readonly length: number
  readonly capturedAt: number
}

/** What a piece costs beside its bytes, so that one-byte segments cannot cheat the bound. */
const PIECE_COST = 96
/** Sequence numbers differ by less than half their space; beyond a window nothing is believed. */
const MAX_AHEAD = 1 << 30
/** Shared by all that wait for nothing, which is nearly all: an array of its own costs as much as its stream. */
const NOTHING: Piece[] = []
/** History buffers cut out of one allocation. */
const SLAB = 64

/**
 * One direction of a TCP connection put in order: RFC 9293 section 3.10.7.4 as seen by a third
 * party that can ask for nothing again. What came first wins over what overlaps it later.
 */
export class HalfStream {
  /** The sequence number expected next. */
  next: number
  /** Pieces ahead of `next`, sorted, disjoint. */
  #waiting: Piece[] = NOTHING
  #held = 0
  #history: Uint8Array | undefined
  #historyLength = 0
  /** Sequence number after the last remembered byte. */
  #historyEnd = 0
  #historyFull = false
  readonly #budget: StreamBudget
  readonly #side: Side
  readonly #sink: HalfStreamSink

  /** `side` is what its sink is told it by. */
  constructor(side: Side, next: number, budget: StreamBudget, sink: HalfStreamSink) {
    this.#side = side
    this.next = next
    this.#budget = budget
    this.#sink = sink
  }

  get waiting(): boolean {
    return this.#waiting.length > 0
  }

  /** `bytes` are copied when they must wait; `length` is what was on the wire. */
  push(from: number, bytes: Uint8Array, length: number, capturedAt: number): void {
    const ahead = (from - this.next) | 0
    if (ahead > MAX_AHEAD) return
    if (ahead > 0) {
      this.#budget.outOfOrder += 1
      this.wait(from, bytes, length, capturedAt)
      this.#relieve()
      return
    }
    const behind = -ahead
    if (behind > 0) this.#compareWithHistory(from, bytes.subarray(0, Math.min(behind, length)))
    if (length <= behind) return
    if (this.#waiting.length === 0) {
      this.#deliver(bytes.subarray(Math.min(behind, bytes.length)), length - behind, capturedAt)
      return
    }
    this.wait(
      this.next,
      bytes.subarray(Math.min(behind, bytes.length)),
      length - behind,
      capturedAt,
    )
    this.drain()
  }

  /** Keeps those parts that no earlier piece covers. Delivers nothing. */
  wait(from: number, bytes: Uint8Array, length: number, capturedAt: number): void {
    let at = from
    const end = (from + length) | 0
    const added: Piece[] = []
    for (const piece of this.#waiting) {
      const pieceEnd = (piece.from + piece.length) | 0
      if (((pieceEnd - at) | 0) <= 0) continue
      if (((end - piece.from) | 0) <= 0) break
      this.#compare(piece.bytes, piece.from, bytes, from)
      if (((piece.from - at) | 0) > 0) added.push(cut(from, bytes, at, piece.from, capturedAt))
      at = pieceEnd
    }
    if (((end - at) | 0) > 0) added.push(cut(from, bytes, at, end, capturedAt))
    this.#insert(added)
  }

  /** Delivers what has become contiguous. */
  drain(): void {
    for (let first = this.#waiting[0]; first?.from === this.next; first = this.#waiting[0]) {
      this.#waiting.shift()
      this.#release(first)
      this.#deliver(first.bytes, first.length, first.capturedAt)
    }
  }

  /** The receiver has everything up to `acknowledged`: a hole before it is ours alone. */
  acknowledged(acknowledged: number): void {
    for (let first = this.#waiting[0]; first !== undefined; first = this.#waiting[0]) {
      if (((acknowledged - first.from) | 0) < 0) return
      this.#skipTo(first)
    }
  }

  /** Everything that waits is delivered, with its holes. */
  flush(): void {
    for (let first = this.#waiting[0]; first !== undefined; first = this.#waiting[0]) {
      this.#skipTo(first)
    }
  }

  /** Declares everything up to `end` missing. */
  loseUpTo(end: number, capturedAt: number): void {
    const length = (end - this.next) | 0
    if (length <= 0 || length > MAX_AHEAD) return
    this.next = end
    this.#historyFull = true
    this.#sink.hole(this.#side, length, capturedAt)
  }

  /** Forgets what waits: it will be sent again. */
  drop(): void {
    for (const piece of this.#waiting) this.#release(piece)
    this.#waiting = NOTHING
  }

  /** Forgets what waits and what was remembered. */
  clear(): void {
    this.drop()
    this.#giveHistoryBack()
  }

  #skipTo(piece: Piece): void {
    const length = (piece.from - this.next) | 0
    if (length > 0) {
      this.next = piece.from
      this.#historyFull = true
      this.#sink.hole(this.#side, length, piece.capturedAt)
    }
    this.drain()
  }

  #deliver(bytes: Uint8Array, length: number, capturedAt: number): void {
    this.next = (this.next + length) | 0
    if (bytes.length > 0) {
      this.#remember(bytes, (this.next - length + bytes.length) | 0)
      this.#sink.bytes(this.#side, bytes, capturedAt)
    }
    if (length > bytes.length) {
      this.#historyFull = true
      this.#sink.hole(this.#side, length - bytes.length, capturedAt)
    }
  }

  /** Too much waits: the hole in front of it is given up. */
  #relieve(): void {
    const { maxBytesPerStream, maxBytes } = this.#budget
    while (
      this.#waiting.length > 0 &&
      (this.#held > maxBytesPerStream || this.#budget.held > maxBytes)
    ) {
      const first = this.#waiting[0]
      if (first === undefined) return
      this.#budget.forcedGaps += 1
      this.#skipTo(first)
    }
  }

  #insert(added: readonly Piece[]): void {
    if (added.length === 0) return
    for (const piece of added) {
      const cost = piece.bytes.length + PIECE_COST
      this.#held += cost
      this.#budget.held += cost
    }
    const last = this.#waiting.at(-1)
    const inOrder = added.length === 1 && (last === undefined || follows(last, added[0]))
    if (this.#waiting === NOTHING) this.#waiting = []
    this.#waiting.push(...added)
    if (!inOrder) this.#waiting.sort((a, b) => (a.from - b.from) | 0)
  }

  #release(piece: Piece): void {
    const cost = piece.bytes.length + PIECE_COST
    this.#held -= cost
    this.#budget.held -= cost
  }

  /** The first bytes delivered are kept a while, to notice a retransmission that says otherwise. */
  #remember(bytes: Uint8Array, end: number): void {
    if (this.#historyFull) return
    const { historyBytes, maxBytes, held } = this.#budget
    const needed = this.#historyLength + bytes.length
    if (needed > historyBytes || (this.#history === undefined && held > maxBytes / 2)) {
      this.#historyFull = true
      return
    }
    this.#history ??= this.#takeHistory()
    this.#history.set(bytes, this.#historyLength)
    this.#historyLength = needed
    this.#historyEnd = end
  }

  #takeHistory(): Uint8Array {
    const { historyBytes, spare } = this.#budget
    this.#budget.held += historyBytes
    if (spare.length === 0) addSpare(spare, historyBytes)
    return spare.pop() ?? new Uint8Array(historyBytes)
  }

  #giveHistoryBack(): void {
    this.#historyFull = true
    if (this.#history === undefined) return
    this.#budget.held -= this.#budget.historyBytes
    this.#budget.spare.push(this.#history)
    this.#history = undefined
    this.#historyLength = 0
  }

  #compareWithHistory(from: number, bytes: Uint8Array): void {
    this.#budget.duplicateBytes += bytes.length
    if (this.#history === undefined) return
    const remembered = this.#history.subarray(0, this.#historyLength)
    this.#compare(remembered, (this.#historyEnd - this.#historyLength) | 0, bytes, from)
  }

  #compare(first: Uint8Array, firstFrom: number, second: Uint8Array, secondFrom: number): void {
    const shift = (secondFrom - firstFrom) | 0
    const from = Math.max(0, shift)
    const to = Math.min(first.length, shift + second.length)
    for (let at = from; at < to; at += 1) {
      if (first[at] !== second[at - shift]) {
        this.#budget.conflicts += 1
        return
      }
    }
  }
}

/**
 * Buffers are views of few large allocations and are used again: one allocation for each connection
 * costs more than all else. As many are ever made as were once in use, which the budget bounds.
 */
function addSpare(spare: Uint8Array[], size: number): void {
  const slab = new Uint8Array(size * SLAB)
  for (let at = 0; at < slab.length; at += size) spare.push(slab.subarray(at, at + size))
}

function follows(last: Piece, next: Piece | undefined): boolean {
  return next !== undefined && ((next.from - last.from) | 0) > 0
}

/** The part of a segment between two sequence numbers, copied. */
function cut(base: number, bytes: Uint8Array, from: number, to: number, capturedAt: number): Piece {
  const start = (from - base) | 0
  const length = (to - from) | 0
  return { from, bytes: bytes.slice(start, start + length), length, capturedAt }
}
