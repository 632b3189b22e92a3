import { readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

export const JARS = join(import.meta.dirname, '../../.tools/kafka/jars')

/** Ports of a broker: for clients, for its own quorum of one, and for clients over TLS with a password. */
export interface BrokerPorts {
  readonly plain: number
  readonly controller: number
  readonly secure?: number
}

/** What a listener with TLS and SASL needs. */
export interface BrokerSecurity {
  /** PEM file: private key and certificate chain. */
  readonly keyStore: string
  readonly user: string
  readonly password: string
}

/** The broker's version, as its own jars name it. */
export function jarVersion(): string | undefined {
  const jar = readdirSync(JARS).find((name) => /^kafka-server-\d/.test(name))
  return jar?.replace(/^kafka-server-|\.jar$/g, '')
}

/** Writes the settings and the log layout of a broker that is its own controller; returns the settings' file. */
export function writeBrokerFiles(
  folder: string,
  ports: BrokerPorts,
  security: BrokerSecurity | undefined,
  properties: Readonly<Record<string, string>>,
): string {
  const secure = security !== undefined && ports.secure !== undefined
  const listeners = [
    `PLAINTEXT://127.0.0.1:${ports.plain}`,
    `CONTROLLER://127.0.0.1:${ports.controller}`,
    ...(secure ? [`SASL_SSL://127.0.0.1:${ports.secure}`] : []),
  ]
  const settings: Record<string, string> = {
    'process.roles': 'broker,controller',
    'node.id': '1',
    'controller.quorum.voters': `1@127.0.0.1:${ports.controller}`,
    'controller.listener.names': 'CONTROLLER',
    listeners: listeners.join(','),
    'advertised.listeners': listeners.filter((name) => !name.startsWith('CONTROLLER')).join(','),
    'listener.security.protocol.map': 'CONTROLLER:PLAINTEXT,PLAINTEXT:PLAINTEXT,SASL_SSL:SASL_SSL',
    'log.dirs': join(folder, 'log'),
    // One broker: everything is kept once.
    'offsets.topic.replication.factor': '1',
    'transaction.state.log.replication.factor': '1',
    'transaction.state.log.min.isr': '1',
    'offsets.topic.num.partitions': '4',
    'transaction.state.log.num.partitions': '4',
    'share.coordinator.state.topic.replication.factor': '1',
    'share.coordinator.state.topic.min.isr': '1',
    'auto.create.topics.enable': 'false',
    // A group of one machine is complete when its first member asks.
    'group.initial.rebalance.delay.ms': '0',
    ...(security === undefined ? {} : securitySettings(security)),
    ...properties,
  }
  const file = join(folder, 'server.properties')
  writeFileSync(
    file,
    Object.entries(settings)
      .map((pair) => pair.join('='))
      .join('\n'),
  )
  writeFileSync(join(folder, 'log4j2.yaml'), LOG4J)
  return file
}

function securitySettings({ keyStore, user, password }: BrokerSecurity): Record<string, string> {
  const pem = readFileSync(keyStore, 'utf8')
  const login = 'org.apache.kafka.common.security.scram.ScramLoginModule required;'
  return {
    'ssl.keystore.type': 'PEM',
    'ssl.keystore.key': oneLine(pem, 'PRIVATE KEY'),
    'ssl.keystore.certificate.chain': oneLine(pem, 'CERTIFICATE'),
    'sasl.enabled.mechanisms': 'PLAIN,SCRAM-SHA-256,SCRAM-SHA-512',
    'listener.name.sasl_ssl.plain.sasl.jaas.config': `org.apache.kafka.common.security.plain.PlainLoginModule required user_${user}="${password}";`,
    'listener.name.sasl_ssl.scram-sha-256.sasl.jaas.config': login,
    'listener.name.sasl_ssl.scram-sha-512.sasl.jaas.config': login,
  }
}

/** A PEM block with its line ends as the properties format writes them. */
function oneLine(pem: string, label: string): string {
  const begin = `-----BEGIN ${label}-----`
  const end = `-----END ${label}-----`
  const at = pem.indexOf(begin)
  return pem.slice(at, pem.indexOf(end, at) + end.length).replaceAll('\n', '\\n')
}

const LOG4J = `Configuration:
  Properties:
    Property: { name: pattern, value: "%d{HH:mm:ss.SSS} %p %m (%c{1})%n" }
  Appenders:
    Console: { name: STDOUT, PatternLayout: { pattern: "\${pattern}" } }
  Loggers:
    Root: { level: WARN, AppenderRef: { ref: STDOUT } }
    Logger:
      - { name: org.apache.kafka.common.utils, level: INFO }
      - { name: kafka.server.KafkaRaftServer, level: INFO }
      - { name: kafka.server.BrokerServer, level: INFO }
`
