import { openSchemas } from '../../io/schema-registry/open.ts'
import { type Config } from '../../lib/config.ts'

const PATIENCE_MS = 4_000

/** Registers the schemas once, before anything is started. Answers a line for people; rejects with a sentence for them. */
export async function prepareRegistry(config: Config): Promise<string> {
  const startedAt = Date.now()
  const schemas = await openSchemas(config, PATIENCE_MS)
  const count = schemas?.ids.size ?? 0
  return `${count} schemas registered at ${config.schemaRegistryUrl ?? ''} (${Date.now() - startedAt} ms)`
}
