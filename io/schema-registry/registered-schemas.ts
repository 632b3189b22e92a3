import { type RegisteredSchemas } from '../../lib/codec/confluent.ts'
import {
  fingerprintOf,
  recordType,
  writerSchema,
  type WriterSchema,
} from '../../lib/codec/record-types.ts'
import { AVRO_SCHEMAS } from '../../schemas/generated/avro-schemas.ts'
import { type RecordName } from '../../schemas/generated/records.ts'
import { SchemaRegistryError, type SchemaRegistry } from './client.ts'

/** Versions of a subject that are known from the start; records last no longer than their topics keep them. */
const NEWEST_VERSIONS = 32
/** Ids that are known at once, and ids that are known to be none of ours. */
const MOST_IDS = 4_096
/** An id that is none of ours is asked for again after this long. */
const FORGET_MS = 60_000
const NOT_FOUND = 404

/** Subject of a record: its full name, as Confluent's RecordNameStrategy has it, for a topic holds several records. */
export function subjectOf(name: RecordName): string {
  return `vestibule.v1.${name}`
}

/** Today's schemas by their ids, and what else is met on the topics. */
export interface LearnedSchemas extends RegisteredSchemas {
  /** Fetches what an id stands for unless it is known; rejects while the registry cannot say. */
  learn(id: number): Promise<void>
  /** Whether asking for the id would bring nothing new. */
  isSettled(id: number): boolean
}

/**
 * Looks up today's schema of every record and registers what is missing, after asking whether it is compatible;
 * reads the versions before it, so that what they wrote is readable. Rejects with a sentence on a subject that
 * holds what this version cannot read, or that will not take what it writes.
 */
export async function registeredSchemas(
  registry: SchemaRegistry,
  now: () => number,
): Promise<LearnedSchemas> {
  const ids = new Map<RecordName, number>()
  const writers = new Map<number, WriterSchema>()
  const strangers = new Map<number, number>()
  for (const name of Object.keys(AVRO_SCHEMAS) as RecordName[]) {
    const subject = subjectOf(name)
    const known = await registry.lookup(subject, AVRO_SCHEMAS[name])
    await readVersions(registry, subject, writers)
    const id = known ?? (await registerAnew(registry, name))
    ids.set(name, id)
    writers.set(id, { name, type: recordType(name), resolver: undefined })
  }
  return {
    ids,
    find: (id) => writers.get(id),
    isSettled: (id) => writers.has(id) || (strangers.get(id) ?? 0) > now(),
    async learn(id): Promise<void> {
      if (writers.has(id) || (strangers.get(id) ?? 0) > now()) return
      const writer = await writerOf(registry, id)
      if (writer === undefined) putBounded(strangers, id, now() + FORGET_MS)
      else putBounded(writers, id, writer)
    },
  }
}

/** The newest must be readable: what it writes comes next. Of older ones those that are. */
async function readVersions(
  registry: SchemaRegistry,
  subject: string,
  writers: Map<number, WriterSchema>,
): Promise<void> {
  const versions = await registry.versions(subject)
  for (const version of versions.slice(-NEWEST_VERSIONS)) {
    const { id, schema } = await registry.version(subject, version)
    const writer = asWriter(schema)
    if (writer !== undefined) writers.set(id, writer)
    else if (version === versions.at(-1))
      throw incompatible(subject, `version ${version} (id ${id})`)
  }
}

function incompatible(subject: string, what: string): Error {
  return new Error(
    `the schema registry's subject ${subject} is incompatible: this version of Vestibule cannot read what its ${what} writes; upgrade, or delete that subject if nothing of it is left on the topics`,
  )
}

async function registerAnew(registry: SchemaRegistry, name: RecordName): Promise<number> {
  const subject = subjectOf(name)
  const schema = AVRO_SCHEMAS[name]
  const { compatible, why } = await registry.compatibility(subject, schema)
  if (!compatible) throw refused(subject, why)
  try {
    return await registry.register(subject, schema)
  } catch (error) {
    // Another service may have registered it meanwhile.
    const other = await registry.lookup(subject, schema)
    if (other !== undefined) return other
    if (error instanceof SchemaRegistryError && error.status === 409) {
      throw refused(subject, error.message)
    }
    throw error
  }
}

function refused(subject: string, why: string): Error {
  const reason = why === '' ? '' : ` (${why})`
  return new Error(
    `the schema registry's subject ${subject} is incompatible with this version of Vestibule by its compatibility level${reason}: what reads it may fail; see its config in the registry, or run the version that registered it`,
  )
}

/** Undefined when the id is not there or none of ours. */
async function writerOf(registry: SchemaRegistry, id: number): Promise<WriterSchema | undefined> {
  try {
    return asWriter(await registry.schemaOf(id))
  } catch (error) {
    if (error instanceof SchemaRegistryError && error.status === NOT_FOUND) return undefined
    if (error instanceof SchemaRegistryError && error.status === 200) return undefined
    throw error
  }
}

/** A schema that says the same as today's, but for its words, is today's: its bodies need no resolving. */
function asWriter(schema: object): WriterSchema | undefined {
  const writer = writerSchema(schema)
  if (writer === undefined) return undefined
  const type = recordType(writer.name)
  const isToday = Buffer.from(fingerprintOf(type)).equals(fingerprintOf(writer.type))
  return isToday ? { name: writer.name, type, resolver: undefined } : writer
}

/** Full, it forgets what it learned first. */
function putBounded<V>(map: Map<number, V>, id: number, value: V): void {
  for (const [oldest] of map) {
    if (map.size < MOST_IDS) break
    map.delete(oldest)
  }
  map.set(id, value)
}
