import { readFileSync } from 'node:fs'
import { hostname } from 'node:os'
import { type Config } from '../../../lib/config.ts'
import { type KafkaConnection } from './connection.ts'

const UNAVAILABLE_AFTER_MS = 30_000

/** How to reach the brokers that the settings name. Throws a sentence for people. */
export function kafkaConnection(
  config: Config,
  unavailableAfterMs = UNAVAILABLE_AFTER_MS,
): KafkaConnection {
  return {
    brokers: (config.kafkaBrokers ?? '').split(','),
    clientId: `vestibule-${hostname().replace(/[^\w.-]/g, '-')}-${process.pid}`,
    tls: config.kafkaTls === 'on' ? tlsOf(config) : undefined,
    sasl: saslOf(config),
    compression: config.kafkaCompression,
    unavailableAfterMs,
  }
}

function tlsOf(config: Config): KafkaConnection['tls'] {
  const { kafkaTlsCa: ca, kafkaTlsCert: cert, kafkaTlsKey: key } = config
  return {
    ...(ca === undefined ? {} : { ca: pem(ca, 'VESTIBULE_KAFKA_TLS_CA') }),
    ...(cert === undefined ? {} : { cert: pem(cert, 'VESTIBULE_KAFKA_TLS_CERT') }),
    ...(key === undefined ? {} : { key: pem(key, 'VESTIBULE_KAFKA_TLS_KEY') }),
  }
}

function pem(file: string, variable: string): string {
  try {
    return readFileSync(file, 'utf8')
  } catch (error) {
    const why = error instanceof Error ? error.message : 'unknown'
    throw new Error(`${variable}: ${file} cannot be read: ${why}`, { cause: error })
  }
}

function saslOf(config: Config): KafkaConnection['sasl'] {
  const { kafkaSaslMechanism: mechanism } = config
  if (mechanism === 'none') return undefined
  const { kafkaSaslUsername: username, kafkaSaslPassword: password } = config
  if (username === undefined || password === undefined) {
    const both = 'VESTIBULE_KAFKA_SASL_USERNAME and VESTIBULE_KAFKA_SASL_PASSWORD'
    throw new Error(`VESTIBULE_KAFKA_SASL_MECHANISM=${mechanism} wants ${both}`)
  }
  return { mechanism, username, password }
}
