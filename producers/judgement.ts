import { type FlowFacts } from '../protocols/packet/flow-handler.ts'
import { type StreamChunk, type StreamEnd } from '../protocols/stream.ts'
import { type DeadLetter } from '../schemas/generated/records.ts'
import { type ListenerProtocol } from './known-listeners.ts'
import { type ProxySource } from './lead-in.ts'

/** A connection that ended, whole and proven, without having shown what it speaks. */
export interface Undecided {
  readonly facts: FlowFacts
  readonly proxy: { readonly source: ProxySource } | undefined
  /** What it said and what became of none. */
  readonly pending: readonly StreamChunk[]
  readonly how: StreamEnd
  readonly at: number
}

/**
 * What cannot be known of one connection alone: who listens where, and how much is told of those that
 * come to nothing. One judge serves all connections of a capture, wherever they are followed.
 */
export interface Judgement {
  learn(server: Pick<FlowFacts, 'serverAddress' | 'serverPort'>, protocol: ListenerProtocol): void
  undecided(connection: Undecided): void
  letter(letter: DeadLetter): void
}
