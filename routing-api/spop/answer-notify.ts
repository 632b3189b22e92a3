import { encodeAck, type SpopAction } from '../../protocols/spop/ack.ts'
import { type SpopMessage } from '../../protocols/spop/notify.ts'
import { type Api } from '../routes/api.ts'
import { answerMessage, type Answered } from './answer-message.ts'

/** One NOTIFY, as the session hands it out. */
export interface Notify {
  readonly streamId: number
  readonly frameId: number
  readonly messages: readonly SpopMessage[]
}

/**
 * The ACK of one NOTIFY. There always is one: an agent that keeps silent once costs every later
 * connection the whole processing timeout, and nobody sees why.
 */
export function answerNotify({ streamId, frameId, messages }: Notify, api: Api): Uint8Array {
  const actions: SpopAction[] = []
  for (const message of messages) {
    const startedAt = api.monotonic()
    const { word, actions: more } = answered(message, api)
    actions.push(...more)
    api.metrics.count('spop_messages_total', 1, { message: labelOf(message.name), word })
    api.metrics.observe('spop_answer_seconds', (api.monotonic() - startedAt) / 1_000)
  }
  return encodeAck(streamId, frameId, actions)
}

/** Even the default may fail to be made: then HAProxy keeps its own. */
function answered(
  message: SpopMessage,
  api: Api,
): { readonly word: Answered | 'failed'; readonly actions: readonly SpopAction[] } {
  try {
    return answerMessage(message, api)
  } catch (error) {
    api.logger.error('an agent answer failed: HAProxy keeps its default', { error })
    return { word: 'failed', actions: [] }
  }
}

/** Never the wire's text. */
function labelOf(name: string): string {
  return name === 'handshake' || name === 'data-server' ? name : 'other'
}
