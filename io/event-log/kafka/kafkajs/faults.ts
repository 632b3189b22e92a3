import { KafkaFault, type KafkaFaultCode } from '../kafka-client.ts'

const CODES: Readonly<Record<string, KafkaFaultCode>> = {
  ILLEGAL_GENERATION: 'fenced',
  REBALANCE_IN_PROGRESS: 'fenced',
  FENCED_INSTANCE_ID: 'fenced',
  INVALID_PRODUCER_EPOCH: 'fenced',
  INVALID_TXN_STATE: 'fenced',
  INVALID_PRODUCER_ID_MAPPING: 'fenced',
  UNKNOWN_MEMBER_ID: 'unknown-member',
  OFFSET_OUT_OF_RANGE: 'out-of-range',
  MESSAGE_TOO_LARGE: 'too-large',
  UNKNOWN_TOPIC_OR_PARTITION: 'unknown-topic',
  INCONSISTENT_GROUP_PROTOCOL: 'refused',
  SASL_AUTHENTICATION_FAILED: 'refused',
  TOPIC_AUTHORIZATION_FAILED: 'refused',
  GROUP_AUTHORIZATION_FAILED: 'refused',
  CLUSTER_AUTHORIZATION_FAILED: 'refused',
  TRANSACTIONAL_ID_AUTHORIZATION_FAILED: 'refused',
}
/** It does not know KIP-588's code 90, "fenced by a newer producer". */
const PRODUCER_FENCED = 90

/** What the library threw, in the words of the port. */
export function faultOf(error: unknown): unknown {
  if (!(error instanceof Error) || error instanceof KafkaFault) return error
  const chain = [...causes(error)]
  const types = chain.map((one) => ('type' in one ? String(one.type) : ''))
  const code = types.map((type) => CODES[type]).find((one) => one !== undefined)
  const fenced = chain.some((one) => 'code' in one && one.code === PRODUCER_FENCED)
  if (fenced) return new KafkaFault('fenced', error.message, error)
  if (code !== undefined) return new KafkaFault(code, error.message, error)
  if (chain.some(({ name }) => name === 'KafkaJSSASLAuthenticationError')) {
    return new KafkaFault('refused', error.message, error)
  }
  const ours = chain.some(({ name }) => name.startsWith('KafkaJS') || name === 'Error')
  return ours ? new KafkaFault('unavailable', error.message, error) : error
}

export function rethrown(error: unknown): never {
  throw faultOf(error)
}

function* causes(error: Error): Generator<Error> {
  for (let at: unknown = error; at instanceof Error; at = at.cause) yield at
}
