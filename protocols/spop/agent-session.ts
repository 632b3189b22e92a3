import { encodeAck } from './ack.ts'
import { ABORT, FIN, FRAME, type Frame, parseFrame } from './frame.ts'
import { FrameSplitter } from './frame-splitter.ts'
import {
  encodeAgentDisconnect,
  encodeAgentHello,
  parseHaproxyHello,
  type StatusName,
} from './hello.ts'
import { parseNotify, type SpopMessage } from './notify.ts'

/** What an agent has to do next, in this order. */
export type AgentStep =
  | { readonly kind: 'send'; readonly bytes: Uint8Array }
  /** Must be answered by an ACK with the same ids, whatever happens: HAProxy waits for it. */
  | {
      readonly kind: 'notify'
      readonly streamId: number
      readonly frameId: number
      readonly messages: readonly SpopMessage[]
    }
  | { readonly kind: 'hello'; readonly healthcheck: boolean; readonly engineId: string | null }
  /** A payload that could not be read: it was acknowledged without an action. */
  | { readonly kind: 'unread'; readonly code: string }
  /** Send what was handed out, then close. */
  | { readonly kind: 'close'; readonly status: StatusName; readonly reason: string }

export interface SessionLimits {
  /** Longest frame taken, and the most that is agreed on, bytes. */
  readonly maxFrame: number
  /** Longest payload put together of fragments, bytes. */
  readonly maxPayload: number
}

export const DEFAULT_SESSION_LIMITS: SessionLimits = { maxFrame: 65_536, maxPayload: 131_072 }

interface Pieces {
  readonly streamId: number
  readonly frameId: number
  readonly parts: Uint8Array[]
  length: number
}

/** The agent's side of one connection: bytes in, steps out. Keeps less than one frame and one payload. */
export class AgentSession {
  readonly #limits: SessionLimits
  readonly #splitter: FrameSplitter
  #state: 'hello' | 'open' | 'closed' = 'hello'
  #pieces: Pieces | undefined

  constructor(limits: SessionLimits = DEFAULT_SESSION_LIMITS) {
    this.#limits = limits
    this.#splitter = new FrameSplitter(limits.maxFrame)
  }

  receive(chunk: Uint8Array): readonly AgentStep[] {
    if (this.#state === 'closed') return []
    const steps: AgentStep[] = []
    const split = this.#splitter.push(chunk)
    for (const bytes of split.frames) {
      this.#take(bytes, steps)
      if (this.#closed()) return steps
    }
    if (split.kind === 'too-big') this.#close('tooBig', `frame of ${split.length} bytes`, steps)
    return steps
  }

  /** Says goodbye from this side. */
  end(): readonly AgentStep[] {
    const steps: AgentStep[] = []
    if (this.#state !== 'closed') this.#close('normal', 'the agent stops', steps)
    return steps
  }

  #closed(): boolean {
    return this.#state === 'closed'
  }

  #take(bytes: Uint8Array, steps: AgentStep[]): void {
    const parsed = parseFrame(bytes)
    if (parsed.kind === 'reject') {
      this.#close('invalidFrame', `${parsed.code} at ${parsed.at}`, steps)
      return
    }
    const frame = parsed.value
    if (this.#state === 'hello') {
      this.#takeHello(frame, steps)
      return
    }
    switch (frame.type) {
      case FRAME.notify:
        this.#takeNotify(frame, steps)
        return
      case FRAME.unset:
        this.#takePiece(frame, steps)
        return
      case FRAME.haproxyDisconnect:
        this.#close('normal', 'HAProxy disconnects', steps)
        return
      default:
        this.#close('invalidFrame', `frame of type ${frame.type}`, steps)
    }
  }

  #takeHello(frame: Frame, steps: AgentStep[]): void {
    if (frame.type !== FRAME.haproxyHello || (frame.flags & FIN) === 0) {
      this.#close('invalidFrame', 'HAPROXY-HELLO comes first, in one frame', steps)
      return
    }
    const hello = parseHaproxyHello(frame.payload)
    if (hello.kind === 'reject') {
      this.#close(hello.code, hello.at, steps)
      return
    }
    const { maxFrameSize, capabilities, healthcheck, engineId } = hello.value
    const shared = CAPABILITIES.filter((one) => capabilities.includes(one))
    const bytes = encodeAgentHello(Math.min(maxFrameSize, this.#limits.maxFrame), shared)
    steps.push({ kind: 'hello', healthcheck, engineId }, { kind: 'send', bytes })
    this.#state = healthcheck ? 'closed' : 'open'
    if (healthcheck) steps.push({ kind: 'close', status: 'normal', reason: 'health check' })
  }

  #takeNotify(frame: Frame, steps: AgentStep[]): void {
    if (this.#pieces !== undefined) {
      this.#close('interlacedFrames', 'NOTIFY within a fragmented payload', steps)
      return
    }
    if ((frame.flags & ABORT) !== 0) return
    if ((frame.flags & FIN) !== 0) {
      this.#notify(frame, frame.payload, steps)
      return
    }
    const { streamId, frameId } = frame
    this.#pieces = { streamId, frameId, parts: [], length: 0 }
    this.#add(this.#pieces, frame, steps)
  }

  #takePiece(frame: Frame, steps: AgentStep[]): void {
    const pieces = this.#pieces
    if (pieces?.streamId !== frame.streamId || pieces.frameId !== frame.frameId) {
      this.#close('frameIdNotFound', 'a fragment of nothing', steps)
      return
    }
    if ((frame.flags & ABORT) !== 0) {
      this.#pieces = undefined
      return
    }
    this.#add(pieces, frame, steps)
  }

  #add(pieces: Pieces, frame: Frame, steps: AgentStep[]): void {
    pieces.length += frame.payload.length
    if (pieces.length > this.#limits.maxPayload) {
      this.#close('tooBig', `payload of more than ${this.#limits.maxPayload} bytes`, steps)
      return
    }
    pieces.parts.push(frame.payload)
    if ((frame.flags & FIN) === 0) return
    this.#pieces = undefined
    this.#notify(frame, joined(pieces), steps)
  }

  #notify({ streamId, frameId }: Frame, payload: Uint8Array, steps: AgentStep[]): void {
    const messages = parseNotify(payload)
    if (messages.kind === 'reject') {
      steps.push({ kind: 'unread', code: messages.code })
      steps.push({ kind: 'send', bytes: encodeAck(streamId, frameId, []) })
      return
    }
    steps.push({ kind: 'notify', streamId, frameId, messages: messages.value })
  }

  #close(status: StatusName, reason: string, steps: AgentStep[]): void {
    this.#state = 'closed'
    this.#pieces = undefined
    steps.push({ kind: 'send', bytes: encodeAgentDisconnect(status, reason) })
    steps.push({ kind: 'close', status, reason })
  }
}

/** What this agent can do. `async` would let answers leave by another connection: nothing gains by it. */
const CAPABILITIES = ['pipelining', 'fragmentation'] as const

function joined({ parts, length }: Pieces): Uint8Array {
  const bytes = new Uint8Array(length)
  let at = 0
  for (const part of parts) {
    bytes.set(part, at)
    at += part.length
  }
  return bytes
}
