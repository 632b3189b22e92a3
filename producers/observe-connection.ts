import { type Flow, type FlowHandler } from '../protocols/packet/flow-handler.ts'
import { createSshObserver } from '../protocols/ssh/ssh-observer.ts'
import { type SshFact } from '../protocols/ssh/ssh-facts.ts'
import {
  type Direction,
  type StreamChunk,
  type StreamEnd,
  type StreamObserver,
} from '../protocols/stream.ts'
import { type TlsFact } from '../protocols/tls/tls-facts.ts'
import { createTlsObserver } from '../protocols/tls/tls-observer.ts'
import { ConnectionRecorder } from './connection-recorder.ts'
import { type Found, foundAtOnce, LeadInReader } from './lead-in.ts'
import { type Undecided } from './judgement.ts'
import { type ListenerProtocol } from './known-listeners.ts'
import { type ObservationCounters, type ObserverContext } from './observer-context.ts'

type Mode =
  | { readonly kind: 'undecided' }
  | { readonly kind: 'ignored' }
  | { readonly kind: 'tls'; readonly observer: StreamObserver<TlsFact> }
  | { readonly kind: 'ssh'; readonly observer: StreamObserver<SshFact> }

const UNDECIDED: Mode = { kind: 'undecided' }
const IGNORED: Mode = { kind: 'ignored' }

/**
 * The handler of one TCP connection: finds out by content what it speaks, whatever the port, then
 * feeds that protocol's observer and records its facts.
 */
export function observeConnection(context: ObserverContext, flow: Flow): FlowHandler {
  return new ObservedConnection(context, flow)
}

/** Records an undecided connection as one that failed to speak what its listener does. */
export function concludeUndecided(
  context: ObserverContext,
  { facts, proxy, pending, how, at }: Undecided,
  protocol: ListenerProtocol,
): void {
  // Its roles are known, for it was seen from its beginning.
  const flow = { facts, swapRoles: nothing, ignorePayload: nothing }
  new ObservedConnection(context, flow).conclude(protocol, proxy, pending, how, at)
}

function nothing(): void {
  // Nobody is there any more to be told.
}

class ObservedConnection implements FlowHandler {
  readonly #context: ObserverContext
  readonly #flow: Flow
  readonly #recorder: ConnectionRecorder
  /** Made when a direction's first bytes do not decide. */
  #clientLead: LeadInReader | undefined
  #serverLead: LeadInReader | undefined
  #mode: Mode = UNDECIDED
  #held: StreamChunk[] | undefined
  #heldBytes = 0
  #undecidedBytes = 0
  #undecidedSegments = 0

  constructor(context: ObserverContext, flow: Flow) {
    this.#context = context
    this.#flow = flow
    this.#recorder = new ConnectionRecorder(context, flow)
  }

  data(chunk: StreamChunk): void {
    if (this.#mode.kind === 'undecided') this.#look(chunk)
    else this.#feed(chunk)
  }

  gap(direction: Direction, length: number, capturedAt: number): void {
    const mode = this.#mode
    if (mode.kind === 'undecided') {
      this.#leadOf(direction).gap()
      this.#release()
    } else if (mode.kind === 'tls') {
      this.#tls(mode.observer.gap(direction, length, capturedAt))
    } else if (mode.kind === 'ssh') {
      this.#ssh(mode.observer.gap(direction, length, capturedAt))
    }
  }

  end(how: StreamEnd, at: number): void {
    if (this.#mode.kind === 'undecided') this.#endUndecided(how, at)
    this.#release()
    const mode = this.#mode
    if (mode.kind === 'tls') this.#tls(mode.observer.end(how, at))
    else if (mode.kind === 'ssh') this.#ssh(mode.observer.end(how, at))
    this.#mode = IGNORED
  }

  /** Reads what waited as that protocol and ends. */
  conclude(
    protocol: ListenerProtocol,
    proxy: Undecided['proxy'],
    pending: readonly StreamChunk[],
    how: StreamEnd,
    at: number,
  ): void {
    if (proxy !== undefined) this.#recorder.proxied(proxy)
    if (protocol === 'ssh') this.#becomeSsh(pending)
    else this.#becomeTls(pending)
    this.end(how, at)
  }

  #look(chunk: StreamChunk): void {
    const { limits, counters } = this.#context
    this.#undecidedBytes += chunk.bytes.length
    this.#undecidedSegments += 1
    const atOnce = this.#lead(chunk.direction) === undefined ? foundAtOnce(chunk) : undefined
    if (atOnce !== undefined) {
      this.#decide(chunk.direction, atOnce, [chunk])
      return
    }
    const lead = this.#leadOf(chunk.direction)
    const found = lead.push(chunk)
    if (lead.proxy !== undefined) this.#recorder.proxied(lead.proxy)
    if (found.kind === 'found') {
      this.#decide(chunk.direction, found.protocol, found.chunks)
      return
    }
    if (found.kind === 'other') this.#hold(found.chunks)
    const tooMuch =
      this.#undecidedBytes > limits.maxUndecidedBytes ||
      this.#undecidedSegments > limits.maxUndecidedSegments
    if (!tooMuch) return
    counters.ignored.otherProtocol += 1
    this.#ignore()
  }

  #decide(direction: Direction, found: Found, chunks: readonly StreamChunk[]): void {
    if (found === 'ssh') {
      this.#becomeSsh([...(this.#held ?? []), ...this.#pendingOf(other(direction)), ...chunks])
      return
    }
    const sender = found === 'tls-client' ? 'client' : 'server'
    if (direction === sender) {
      this.#becomeTls([...this.#startedRecord(other(direction)), ...chunks])
    } else if (this.#flow.facts.roleKnown) {
      this.#context.counters.ignored.reversedTls += 1
      this.#ignore()
    } else {
      this.#flow.swapRoles()
      this.#becomeTls([...this.#startedRecord(other(direction)), ...chunks].map(reversed))
    }
  }

  #becomeSsh(chunks: readonly StreamChunk[]): void {
    this.#context.counters.sshConnections += 1
    const observer = createSshObserver({ rolesKnown: this.#flow.facts.roleKnown })
    this.#mode = { kind: 'ssh', observer }
    this.#forgetLeads()
    const knownAs = this.#flow.facts.clientPort
    for (const chunk of chunks) {
      // Roles may be exchanged by what the chunks before this one said.
      this.#feed(this.#flow.facts.clientPort === knownAs ? chunk : reversed(chunk))
    }
    this.#release()
  }

  #becomeTls(chunks: readonly StreamChunk[]): void {
    this.#release()
    this.#context.counters.tlsConnections += 1
    this.#mode = { kind: 'tls', observer: createTlsObserver() }
    this.#forgetLeads()
    for (const chunk of chunks) this.#feed(chunk)
  }

  #feed(chunk: StreamChunk): void {
    const mode = this.#mode
    if (mode.kind === 'tls') this.#tls(mode.observer.data(chunk))
    else if (mode.kind === 'ssh') this.#ssh(mode.observer.data(chunk))
  }

  #tls(facts: readonly TlsFact[]): void {
    for (const fact of facts) if (this.#recorder.tls(fact)) this.#ignore()
  }

  /** SSH keeps its observer: it has something to say at the end. */
  #ssh(facts: readonly SshFact[]): void {
    for (const fact of facts) if (this.#recorder.ssh(fact)) this.#flow.ignorePayload()
  }

  #ignore(): void {
    this.#release()
    this.#mode = IGNORED
    this.#forgetLeads()
    this.#flow.ignorePayload()
  }

  /** A connection that came to nothing still tells something where TLS or SSH is spoken. */
  #endUndecided(how: StreamEnd, at: number): void {
    const { counters, judgement } = this.#context
    const { facts } = this.#flow
    const pending = [
      ...(this.#held ?? []),
      ...this.#pendingOf('client'),
      ...this.#pendingOf('server'),
    ]
    this.#mode = IGNORED
    // Without its beginning, silence and bytes that begin nothing are no finding.
    const whole = facts.synAt !== null && facts.proven && facts.lostBytes === 0
    if (!whole || how === 'capture-end') countAsNothing(counters, pending)
    else judgement.undecided({ facts, proxy: this.#recorder.proxy, pending, how, at })
  }

  #hold(chunks: readonly StreamChunk[]): void {
    const { limits, held } = this.#context
    for (const chunk of chunks) {
      const size = chunk.bytes.length
      if (this.#heldBytes + size > limits.maxHeldBytes) return
      if (held.bytes + size > limits.maxHeldBytesTotal) return
      this.#held ??= []
      this.#held.push(chunk)
      this.#heldBytes += size
      held.bytes += size
    }
  }

  #release(): void {
    this.#context.held.bytes -= this.#heldBytes
    this.#heldBytes = 0
    this.#held = undefined
  }

  #lead(direction: Direction): LeadInReader | undefined {
    return direction === 'client' ? this.#clientLead : this.#serverLead
  }

  #leadOf(direction: Direction): LeadInReader {
    if (direction === 'client') return (this.#clientLead ??= new LeadInReader())
    return (this.#serverLead ??= new LeadInReader())
  }

  #forgetLeads(): void {
    this.#clientLead = undefined
    this.#serverLead = undefined
  }

  #pendingOf(direction: Direction): readonly StreamChunk[] {
    return this.#lead(direction)?.pending ?? []
  }

  /** The other side's waiting bytes, if they began a record before this side's did. */
  #startedRecord(direction: Direction): readonly StreamChunk[] {
    const pending = this.#pendingOf(direction)
    return pending[0]?.bytes[0] === HANDSHAKE_RECORD ? pending : []
  }
}

/** What it said began nothing that is read here. */
export function countAsNothing(
  { ignored }: ObservationCounters,
  pending: readonly StreamChunk[],
): void {
  if (pending.length === 0) ignored.empty += 1
  else ignored.otherProtocol += 1
}

const HANDSHAKE_RECORD = 22

function other(direction: Direction): Direction {
  return direction === 'client' ? 'server' : 'client'
}

function reversed(chunk: StreamChunk): StreamChunk {
  return { ...chunk, direction: other(chunk.direction) }
}
