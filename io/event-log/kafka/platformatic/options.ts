import { type BaseOptions } from '@platformatic/kafka'
import { REQUEST_MS, retriesWithin, retryDelayMs, type KafkaConnection } from '../connection.ts'

const MECHANISMS = {
  plain: 'PLAIN',
  'scram-sha-256': 'SCRAM-SHA-256',
  'scram-sha-512': 'SCRAM-SHA-512',
} as const

/** Options of every client of the library. */
export function baseOptions(connection: KafkaConnection): BaseOptions {
  const { sasl, tls } = connection
  return {
    clientId: connection.clientId,
    bootstrapBrokers: [...connection.brokers],
    retries: retriesWithin(connection.unavailableAfterMs),
    retryDelay: (_client, _operation, attempt) => retryDelayMs(attempt),
    connectTimeout: 3_000,
    requestTimeout: REQUEST_MS,
    autocreateTopics: false,
    ...(tls === undefined ? {} : { tls, tlsServerName: true }),
    ...(sasl === undefined
      ? {}
      : {
          sasl: {
            mechanism: MECHANISMS[sasl.mechanism],
            username: sasl.username,
            password: sasl.password,
          },
        }),
  }
}
