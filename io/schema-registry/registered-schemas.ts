import { type RegisteredSchemas } from '../../lib/codec/confluent.ts'
import { recordType, writerSchema, type WriterSchema } from '../../lib/codec/record-types.ts'
import { AVRO_SCHEMAS } from '../../schemas/generated/avro-schemas.ts'
import { type RecordName } from '../../schemas/generated/records.ts'
import { type SchemaRegistry } from './client.ts'

/** Subject of a record: TopicRecordNameStrategy would need one per topic, a record lives on one topic only. */
export function subjectOf(name: RecordName): string {
  return `vestibule.v1.${name}`
}

/**
 * Registers today's schema of every record, after asking whether it is compatible, and remembers what
 * else was registered under the ids seen so far. `learn` fetches an id met on a topic.
 */
export async function registeredSchemas(
  registry: SchemaRegistry,
): Promise<RegisteredSchemas & { learn(id: number): Promise<boolean> }> {
  const ids = new Map<RecordName, number>()
  const writers = new Map<number, WriterSchema>()
  for (const name of Object.keys(AVRO_SCHEMAS) as RecordName[]) {
    const schema = AVRO_SCHEMAS[name]
    if (!(await registry.isCompatible(subjectOf(name), schema))) {
      throw new Error(
        `the registry holds an incompatible ${name}: readers of old records would fail`,
      )
    }
    const id = await registry.register(subjectOf(name), schema)
    ids.set(name, id)
    writers.set(id, { name, type: recordType(name), resolver: undefined })
  }
  return {
    ids,
    find: (id) => writers.get(id),
    async learn(id): Promise<boolean> {
      if (writers.has(id)) return true
      const writer = writerSchema(await registry.schemaOf(id))
      if (writer !== undefined) writers.set(id, writer)
      return writer !== undefined
    },
  }
}
