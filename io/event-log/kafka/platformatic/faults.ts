import { findErrorBy } from '@platformatic/kafka'
import { KafkaFault } from '../kafka-client.ts'

const FENCED = [
  'ILLEGAL_GENERATION',
  'REBALANCE_IN_PROGRESS',
  'FENCED_INSTANCE_ID',
  'INVALID_PRODUCER_EPOCH',
  'PRODUCER_FENCED',
  'INVALID_TXN_STATE',
  'INVALID_PRODUCER_ID_MAPPING',
]
const REFUSED = [
  'MEMBER_ID_REQUIRED',
  'INCONSISTENT_GROUP_PROTOCOL',
  'GROUP_MAX_SIZE_REACHED',
  'SASL_AUTHENTICATION_FAILED',
  'TOPIC_AUTHORIZATION_FAILED',
  'GROUP_AUTHORIZATION_FAILED',
  'CLUSTER_AUTHORIZATION_FAILED',
  'TRANSACTIONAL_ID_AUTHORIZATION_FAILED',
]

/** Whether the broker's answer, or one of several, is this one. */
export function says(error: unknown, apiId: string): boolean {
  return error instanceof Error && findErrorBy(error, 'apiId', apiId) !== null
}

/** What the library threw, in the words of the port. */
export function faultOf(error: unknown): unknown {
  if (!(error instanceof Error) || error instanceof KafkaFault) return error
  const message = sentenceOf(error)
  if (says(error, 'UNKNOWN_MEMBER_ID')) return new KafkaFault('unknown-member', message, error)
  if (says(error, 'OFFSET_OUT_OF_RANGE')) return new KafkaFault('out-of-range', message, error)
  if (FENCED.some((id) => says(error, id))) return new KafkaFault('fenced', message, error)
  if (says(error, 'MESSAGE_TOO_LARGE')) return new KafkaFault('too-large', message, error)
  if (says(error, 'UNKNOWN_TOPIC_OR_PARTITION'))
    return new KafkaFault('unknown-topic', message, error)
  if (has(error, 'PLT_KFK_AUTHENTICATION') || REFUSED.some((id) => says(error, id))) {
    return new KafkaFault('refused', message, error)
  }
  if (!('code' in error) || !String(error.code).startsWith('PLT_KFK')) return error
  const passes = findErrorBy(error, 'canRetry', false) === null
  return new KafkaFault(passes ? 'unavailable' : 'refused', message, error)
}

export function rethrown(error: unknown): never {
  throw faultOf(error)
}

function has(error: Error, code: string): boolean {
  return findErrorBy(error, 'code', code) !== null
}

/** Of many tries the last one's words. */
function sentenceOf(error: Error): string {
  const inner: unknown =
    'errors' in error && Array.isArray(error.errors) ? error.errors.at(-1) : undefined
  return inner instanceof Error ? `${error.message} ${sentenceOf(inner)}` : error.message
}
