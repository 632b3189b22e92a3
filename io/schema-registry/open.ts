import { setTimeout as sleep } from 'node:timers/promises'
import { type Config } from '../../lib/config.ts'
import { schemaRegistry, SchemaRegistryError } from './client.ts'
import { registeredSchemas, type LearnedSchemas } from './registered-schemas.ts'

const RETRY_MS = 250

/**
 * The schemas at the registry that the settings name, undefined when they name none. A registry that is away is
 * waited for, that long; then, and on any other trouble, rejects with a sentence for people.
 */
export async function openSchemas(
  config: Config,
  patienceMs: number,
): Promise<LearnedSchemas | undefined> {
  if (config.schemaRegistryUrl === undefined) return undefined
  const registry = schemaRegistry({
    url: config.schemaRegistryUrl,
    userInfo: config.schemaRegistryUserInfo,
    token: config.schemaRegistryToken,
  })
  const deadline = Date.now() + patienceMs
  for (;;) {
    try {
      return await registeredSchemas(registry, Date.now)
    } catch (error) {
      const passes = error instanceof SchemaRegistryError && error.passes
      if (!passes || Date.now() >= deadline) throw error
      await sleep(RETRY_MS)
    }
  }
}
