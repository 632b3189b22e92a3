import { type Connection, other } from './connection.ts'
import { ACKED, FIN_SEEN, type FlowColumns, PROVEN, SEEN, SYN_SEEN } from './flow-columns.ts'
import { type FlowCounters } from './flow-counters.ts'
import { type Side } from './flow-index.ts'
import { type FlowStore } from './flow-store.ts'
import {
  noteAck,
  noteFirst,
  noteLateSyn,
  noteSent,
  noteSyn,
  noteSynAck,
  resetIsValid,
} from './tcp-opening.ts'
import { ACK, FIN, RST, SYN, type TcpSegment } from './tcp-segment.ts'

/** Further ahead than any window (64 MiB): not of this connection. */
const MAX_WINDOW = 1 << 26

/** Takes segments one by one and moves their connections along: RFC 9293 from a bystander's seat. */
export class SegmentTracker {
  readonly #store: FlowStore
  readonly #columns: FlowColumns
  readonly #counters: FlowCounters
  readonly #serverPorts: ReadonlySet<number>

  constructor(store: FlowStore, counters: FlowCounters, serverPorts: ReadonlySet<number>) {
    this.#store = store
    this.#columns = store.columns
    this.#counters = counters
    this.#serverPorts = serverPorts
  }

  segment(s: TcpSegment): void {
    this.#counters.segments += 1
    const found = this.#store.index.find(s)
    const side = this.#store.index.side
    const slot = found < 0 ? this.#begin(s, side) : this.#known(found, s, side)
    if (slot < 0) return
    this.#columns.lastAt[slot] = s.capturedAt
    this.#store.lists.touch(slot)
    this.#store.connection(slot)?.seen(side)
    if ((s.flags & RST) !== 0) this.#reset(slot, s, side)
    else this.#track(slot, s, side)
  }

  /** A segment of no known connection: a new one, or -1 when it begins none. */
  #begin(s: TcpSegment, side: Side): number {
    const payload = s.payloadLength + s.missing
    if ((s.flags & RST) !== 0 || ((s.flags & SYN) === 0 && payload === 0)) {
      this.#counters.packets.stray += 1
      return -1
    }
    if ((s.flags & SYN) !== 0) return this.#beginOpening(s, side)
    const slot = this.#store.begin(s, 'unproven')
    this.#counters.flows.midstream += 1
    this.#columns.setClient(slot, this.#sentByServer(s) ? other(side) : side)
    return slot
  }

  #beginOpening(s: TcpSegment, side: Side): number {
    const slot = this.#store.begin(s, 'half-open')
    if ((s.flags & ACK) === 0) noteSyn(this.#columns, slot, side, s)
    return slot
  }

  #sentByServer(s: TcpSegment): boolean {
    const from = this.#serverPorts.has(s.sourcePort)
    const to = this.#serverPorts.has(s.destinationPort)
    return from === to ? s.sourcePort < s.destinationPort : from
  }

  /** The slot that the segment belongs to: the one found, a successor, or -1 to ignore it. */
  #known(slot: number, s: TcpSegment, side: Side): number {
    const opens = (s.flags & (SYN | ACK | RST)) === SYN
    if (opens) return this.#anotherSyn(slot, s, side)
    if (this.#store.lists.stageOf(slot) === 'ended') {
      this.#counters.packets.late += 1
      return -1
    }
    const pending = this.#store.connection(slot)?.pendingSyn
    if (pending === undefined) return slot
    const expected = (pending.sequence + 1) | 0
    const answered = side !== pending.side && isSynAck(s) && s.acknowledgement === expected
    const used = side === pending.side && s.sequence === expected && s.payloadLength > 0
    return answered || used ? this.#succeed(slot, s, pending) : slot
  }

  #anotherSyn(slot: number, s: TcpSegment, side: Side): number {
    const columns = this.#columns
    const ended = this.#store.lists.stageOf(slot) === 'ended'
    const same = columns.hasOf(slot, SEEN, side) && columns.baseOf(slot, side) === s.sequence
    if (same && !ended && !columns.hasOf(slot, SYN_SEEN, side)) {
      noteLateSyn(columns, slot, side, s.capturedAt)
      this.#store.reopen(slot)
      return -1
    }
    if (same) {
      this.#counters.packets.repeatedSyn += 1
      columns.lastAt[slot] = s.capturedAt
      this.#store.lists.touch(slot)
      return -1
    }
    const connection = this.#store.connection(slot)
    if (connection !== undefined && this.#store.lists.stageOf(slot) === 'proven') {
      // Anybody could have sent it to end our view of a live connection: wait for an answer.
      connection.pendingSyn = { side, sequence: s.sequence, at: s.capturedAt }
      return -1
    }
    this.#store.forget(slot, 'silent', s.capturedAt, 'replaced')
    return this.#begin(s, side)
  }

  /** The pending SYN was answered: the old connection is over, a new one goes on. */
  #succeed(slot: number, s: TcpSegment, pending: NonNullable<Connection['pendingSyn']>): number {
    this.#store.forget(slot, 'silent', s.capturedAt, 'replaced')
    const next = this.#store.begin(s, 'half-open')
    const columns = this.#columns
    columns.startedAt[next] = pending.at
    noteLateSyn(columns, next, pending.side, pending.at)
    columns.setOf(next, SEEN, pending.side)
    columns.anchor(next, pending.side, pending.sequence, (pending.sequence + 1) | 0)
    return next
  }

  #reset(slot: number, s: TcpSegment, side: Side): void {
    if (!resetIsValid(this.#columns, slot, side, s)) {
      this.#counters.packets.badReset += 1
      return
    }
    this.#columns.setOf(slot, SEEN, side)
    this.#store.finish(slot, 'reset', s.capturedAt, 'reset')
  }

  #track(slot: number, s: TcpSegment, side: Side): void {
    const columns = this.#columns
    const syn = (s.flags & SYN) !== 0
    if (isSynAck(s) && !this.#synAck(slot, s, side)) return
    if (!syn && noteFirst(columns, slot, side, s.sequence)) {
      this.#store.connection(slot)?.restart(side, s.sequence)
    }
    const from = syn ? (s.sequence + 1) | 0 : s.sequence
    if (((from - columns.sentToOf(slot, side)) | 0) > MAX_WINDOW && this.#listening(slot)) {
      this.#counters.packets.outOfWindow += 1
      return
    }
    if (!syn) this.#settleSynData(slot, s, side)
    if ((s.flags & ACK) !== 0) this.#acknowledge(slot, s, side)
    const length = s.payloadLength + s.missing
    noteSent(columns, slot, side, (from + length) | 0)
    if (length > 0) this.#payload(slot, s, side, from)
    if ((s.flags & FIN) !== 0) columns.setOf(slot, FIN_SEEN, side)
    this.#finishWhenClosed(slot, s.capturedAt)
  }

  #listening(slot: number): boolean {
    const connection = this.#store.connection(slot)
    return connection !== undefined && !connection.ignoring
  }

  #synAck(slot: number, s: TcpSegment, side: Side): boolean {
    const columns = this.#columns
    const what = noteSynAck(columns, slot, side, s)
    if (what === 'refused') {
      this.#counters.packets.stray += 1
      return false
    }
    const connection = this.#store.connection(slot)
    if (connection === undefined) return true
    if (what === 'anchored') connection.restart(side, (s.sequence + 1) | 0)
    this.#store.reopen(slot)
    if (connection.synData === other(side)) {
      const taken = (s.acknowledgement - columns.baseOf(slot, other(side))) | 0
      this.#settle(connection, taken > 1)
    }
    return true
  }

  /** Without a SYN-ACK in the capture, the client's next segment tells what became of its bytes. */
  #settleSynData(slot: number, s: TcpSegment, side: Side): void {
    const connection = this.#store.connection(slot)
    if (connection?.synData !== side) return
    const past = (s.sequence - this.#columns.baseOf(slot, side)) | 0
    this.#settle(connection, past > 1)
  }

  #settle(connection: Connection, taken: boolean): void {
    if (!taken) this.#counters.packets.refusedSynData += 1
    connection.settle(taken)
  }

  #acknowledge(slot: number, s: TcpSegment, side: Side): void {
    const columns = this.#columns
    const proven = columns.hasOf(slot, PROVEN, side)
    const what = noteAck(columns, slot, side, s)
    if (what === 'old') return
    const connection = this.#store.connection(slot)
    if (what === 'anchored') connection?.restart(other(side), s.acknowledgement)
    else connection?.acknowledged(other(side), s.acknowledgement)
    if (proven === columns.hasOf(slot, PROVEN, side)) return
    this.#store.reopen(slot)
    const client = connection?.clientSide ?? columns.clientSide(slot)
    if (side === client) this.#store.lists.move(slot, 'proven')
  }

  #payload(slot: number, s: TcpSegment, side: Side, from: number): void {
    const { lists } = this.#store
    if (lists.stageOf(slot) === 'half-open') lists.move(slot, 'unproven')
    const length = s.payloadLength + s.missing
    const connection = this.#store.offer(slot)
    if (connection === undefined) return
    const held = (s.flags & (SYN | ACK)) === SYN
    if (connection.ignoring) {
      if (!held) connection.skim(side, (from + length) | 0)
      return
    }
    const bytes = s.bytes.subarray(s.payloadAt, s.payloadAt + s.payloadLength)
    if (held) connection.hold(side, from, bytes, length, s.capturedAt)
    else connection.push(side, from, bytes, length, s.capturedAt)
  }

  /** Both sides have said FIN, and everything before it is here or known to be lost. */
  #finishWhenClosed(slot: number, at: number): void {
    const columns = this.#columns
    if (!columns.hasOf(slot, FIN_SEEN, 0) || !columns.hasOf(slot, FIN_SEEN, 1)) return
    if (!this.#complete(slot, 0) || !this.#complete(slot, 1)) return
    this.#store.finish(slot, 'fin', at, 'finished')
  }

  #complete(slot: number, side: Side): boolean {
    const columns = this.#columns
    const end = columns.sentToOf(slot, side)
    const connection = this.#store.connection(slot)
    if (connection === undefined || connection.ignoring) return true
    if (((end - connection.next(side)) | 0) <= 0) return true
    const peer = other(side)
    return columns.hasOf(slot, ACKED, peer) && ((columns.ackedToOf(slot, peer) - end) | 0) > 0
  }
}

function isSynAck(s: TcpSegment): boolean {
  return (s.flags & (SYN | ACK)) === (SYN | ACK)
}
