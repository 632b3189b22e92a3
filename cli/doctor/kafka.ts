import { whyUnreachable } from '../../io/event-log/kafka/reach.ts'
import { kafkaConnection } from '../../io/event-log/kafka/settings.ts'
import { schemaRegistry, SchemaRegistryError } from '../../io/schema-registry/client.ts'
import { subjectOf } from '../../io/schema-registry/registered-schemas.ts'
import { type Config } from '../../lib/config.ts'
import { bad, good, warning, type Finding } from './check.ts'

/** Brokers and schema registry, where the settings name them. */
export async function checkKafka(config: Config): Promise<readonly Finding[]> {
  const findings: Finding[] = []
  if (config.kafkaBrokers !== undefined) findings.push(await checkBrokers(config))
  if (config.schemaRegistryUrl !== undefined) {
    findings.push(await checkRegistry(config, config.schemaRegistryUrl))
  }
  return findings
}

async function checkBrokers(config: Config): Promise<Finding> {
  const fault = await whyUnreachable(kafkaConnection(config, 0))
  const where = config.kafkaBrokers ?? ''
  if (fault === undefined) return good('kafka', `answers at ${where}`)
  return bad('kafka', fault, 'services wait for it, and decisions go on from memory')
}

async function checkRegistry(config: Config, url: string): Promise<Finding> {
  const { schemaRegistryUserInfo: userInfo, schemaRegistryToken: token } = config
  try {
    const versions = await schemaRegistry({ url, userInfo, token }).versions(subjectOf('TlsHello'))
    if (versions.length > 0) return good('registry', `has our schemas, at ${url}`)
    return warning('registry', `none of our schemas at ${url}`, 'the first service registers them')
  } catch (error) {
    if (!(error instanceof SchemaRegistryError)) throw error
    return bad('registry', error.message, 'services that run go on; none starts without it')
  }
}
