import { ConfluentSchemaRegistry, Consumer } from '@platformatic/kafka'
import { describe, expect, test } from '@jest/globals'
import { join } from 'node:path'
import { schemaRegistry } from '../../io/schema-registry/client.ts'
import { registeredSchemas, subjectOf } from '../../io/schema-registry/registered-schemas.ts'
import { confluentCodec } from '../../lib/codec/confluent.ts'
import { AVRO_SCHEMAS } from '../../schemas/generated/avro-schemas.ts'
import { exampleRecord } from '../support/example-record.ts'
import { startInstallation } from '../support/installation.ts'
import { freshPrefix, sharedBroker } from '../support/kafka.ts'
import { ownRegistry } from '../support/registry.ts'

const DEMO = join(import.meta.dirname, '../../corpus/demo/demo.pcap.gz')
const broker = await sharedBroker()
const server = await ownRegistry()
const url = server?.url ?? ''
const registry = schemaRegistry({ url })
const withRegistry = server === undefined ? describe.skip : describe
const withBoth = server === undefined || broker === undefined ? describe.skip : describe
if (server !== undefined) process.stderr.write(`${server.version} at ${url}\n`)

type Field = Record<string, unknown>
interface RecordSchema {
  readonly fields: readonly Field[]
}

/** Alert with one field more, as the next version of Vestibule might have it. */
function laterAlert(field: Field): object {
  const schema = AVRO_SCHEMAS.Alert as RecordSchema
  return { ...schema, fields: [...schema.fields, field] }
}

const optional = (name: string): Field => ({ name, type: ['null', 'string'], default: null })

async function setLevel(compatibility: string): Promise<void> {
  const answer = await fetch(`${url}/config`, {
    method: 'PUT',
    headers: { 'content-type': 'application/vnd.schemaregistry.v1+json' },
    body: JSON.stringify({ compatibility }),
  })
  expect(answer.status).toBe(200)
}

withRegistry(`schemas at a real registry`, () => {
  test('every record is registered under its full name, and found there by the next start', async () => {
    const first = await registeredSchemas(registry, Date.now)
    const names = Object.keys(AVRO_SCHEMAS)
    expect([...first.ids.keys()]).toEqual(names)
    const subjects = (await (await fetch(`${url}/subjects`)).json()) as string[]
    expect(subjects.toSorted()).toEqual(names.map((name) => `vestibule.v1.${name}`).toSorted())
    const second = await registeredSchemas(registry, Date.now)
    expect([...second.ids]).toEqual([...first.ids])
    expect(await registry.versions('vestibule.v1.Alert')).toEqual([1])
  })

  test('what a later version writes is read as soon as its id is learned', async () => {
    const schemas = await registeredSchemas(registry, Date.now)
    const later = laterAlert(optional('later'))
    const id = await registry.register(subjectOf('Alert'), later)
    const today = confluentCodec(schemas).encode('Alert', exampleRecord('Alert'))
    // The later field at the end, with its default: union branch 0.
    const value = Buffer.concat([Buffer.from([0, 0, 0, 0, 0]), today.subarray(5), Buffer.of(0)])
    value.writeUInt32BE(id, 1)
    const codec = confluentCodec(schemas)
    expect(codec.decode(value)).toMatchObject({ kind: 'reject', code: 'unknown-schema' })
    await schemas.learn(id)
    expect(codec.decode(value)).toEqual({
      kind: 'record',
      type: 'Alert',
      record: exampleRecord('Alert'),
    })
    // And a start after it goes on with its own version.
    expect((await registeredSchemas(registry, Date.now)).ids.get('Alert')).toBe(
      schemas.ids.get('Alert'),
    )
  })

  test('an id that is none of ours, or not there, is asked for once in a while only', async () => {
    let now = 0
    const schemas = await registeredSchemas(registry, () => now)
    const stranger = { type: 'record', name: 'Order', namespace: 'shop', fields: [] }
    const id = await registry.register('shop.Order', stranger)
    for (const one of [id, 999_999]) {
      expect(schemas.isSettled(one)).toBe(false)
      await schemas.learn(one)
      expect(schemas.isSettled(one)).toBe(true)
      expect(schemas.find(one)).toBeUndefined()
    }
    now = 60_000
    expect(schemas.isSettled(id)).toBe(false)
  })

  test('a subject whose level refuses our schema stops the start with a sentence', async () => {
    await setLevel('BACKWARD')
    // Readers of today could not read a number where they want text.
    const subject = subjectOf('DeadLetter')
    const schema = AVRO_SCHEMAS.DeadLetter as RecordSchema
    const fields = schema.fields.filter(({ name }) => name !== 'length')
    const answer = await fetch(`${url}/subjects/${subject}`, { method: 'DELETE' })
    expect(answer.status).toBe(200)
    await registry.register(subject, { ...schema, fields })
    await expect(registeredSchemas(registry, Date.now)).rejects.toThrow(
      `the schema registry's subject ${subject} is incompatible`,
    )
    await setLevel('NONE')
    await fetch(`${url}/subjects/${subject}`, { method: 'DELETE' })
  })

  test('a newest version that we cannot read stops the start, whatever the level', async () => {
    const subject = subjectOf('Habit')
    const other = { type: 'record', name: 'Habit', namespace: 'vestibule.v1', fields: [] }
    await registry.register(subject, other)
    await expect(registeredSchemas(registry, Date.now)).rejects.toThrow(
      `the schema registry's subject ${subject} is incompatible: this version of Vestibule cannot read what its version 2`,
    )
    await fetch(`${url}/subjects/${subject}`, { method: 'DELETE' })
  })
})

withBoth('services over Kafka with a schema registry', () => {
  test('show what they show without one, and another program reads their records by the registry', async () => {
    const kafkaPrefix = freshPrefix()
    const brokers = broker?.brokers ?? ''
    const installation = await startInstallation({
      ...{ kafkaBrokers: brokers, kafkaPrefix, schemaRegistryUrl: url },
    })
    await installation.replay(DEMO, 20)
    await installation.settled()
    expect(await installation.rows('SELECT count() AS n FROM tls_hello FINAL')).toEqual([
      { n: 296 },
    ])
    expect(await installation.rows('SELECT count() AS n FROM dead_letter')).toEqual([{ n: 0 }])
    const rows = await installation.rows(
      `SELECT DISTINCT extract(entity, ':([0-9.]+)') AS client FROM latest_score
       WHERE band IN ('high', 'critical')`,
    )
    const suspects = rows.map(({ client }) => String(client))
    const attackers = ['66', '67', '68', '69'].map((last) => `203.0.113.${last}`)
    expect(suspects).toEqual(expect.arrayContaining(attackers))
    expect(suspects.filter((client) => !client.startsWith('203.0.113.'))).toEqual([])
    await installation.stop()
    expect(await hellosReadByAnother(brokers, `${kafkaPrefix}client-events`)).toBe(296)
  }, 180_000)
})

/** Counts TlsHellos with the deserializers of a library that has its own registry client and reader of Avro frames. */
async function hellosReadByAnother(brokers: string, topic: string): Promise<number> {
  const other = new ConfluentSchemaRegistry<string, Record<string, unknown>>({ url })
  const consumer = new Consumer({
    clientId: 'another',
    groupId: `${topic}-another`,
    bootstrapBrokers: [brokers],
    registry: other,
  })
  const ends = (await consumer.listOffsets({ topics: [topic] })).get(topic) ?? []
  let left = ends.reduce((sum, end) => sum + Number(end), 0)
  let hellos = 0
  const stream = await consumer.consume({ topics: [topic], mode: 'earliest' })
  for await (const { value } of stream) {
    if ('cipherSuites' in value) hellos += 1
    left -= 1
    if (left === 0) break
  }
  await consumer.close(true)
  return hellos
}
