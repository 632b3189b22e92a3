import { type KafkaConnection } from '../../../io/event-log/kafka/connection.ts'

/** A connection as tests want it; in a file without Jest, for scripts that run on their own. */
export function connectionTo(
  brokers: string,
  changed: Partial<KafkaConnection> = {},
): KafkaConnection {
  return {
    brokers: [brokers],
    clientId: 'vestibule-test',
    tls: undefined,
    sasl: undefined,
    compression: 'none',
    unavailableAfterMs: 20_000,
    ...changed,
  }
}
