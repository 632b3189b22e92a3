import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import { createServer, type Server } from 'node:http'
import { type AddressInfo } from 'node:net'
import { confluentCodec } from '../../../lib/codec/confluent.ts'
import { schemaRegistry, SchemaRegistryError } from '../../../io/schema-registry/client.ts'
import { registeredSchemas } from '../../../io/schema-registry/registered-schemas.ts'
import { exampleRecord } from '../../support/example-record.ts'

/** The documented REST API (docs.confluent.io, Schema Registry API reference), as far as it is used. */
const subjects = new Map<string, number>()
const schemas: string[] = []
let compatible = true
let server: Server
let url: string

beforeAll(async () => {
  server = createServer((request, response) => {
    let body = ''
    request.on('data', (chunk: Buffer) => (body += chunk.toString()))
    request.on('end', () => {
      const [status, answer] = reply(request.method ?? '', request.url ?? '', body)
      response.writeHead(status, { 'content-type': 'application/vnd.schemaregistry.v1+json' })
      response.end(JSON.stringify(answer))
    })
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/`
})

afterAll(async () => {
  await new Promise((resolve) => server.close(resolve))
})

function reply(method: string, path: string, body: string): [number, object] {
  const subject = /^\/subjects\/([^/]+)\/versions$/.exec(path)?.[1]
  if (method === 'POST' && subject !== undefined) {
    const { schema } = JSON.parse(body) as { schema: string }
    const at = schemas.indexOf(schema)
    const id = at < 0 ? schemas.push(schema) : at + 1
    subjects.set(subject, id)
    return [200, { id }]
  }
  const asked = /^\/compatibility\/subjects\/([^/]+)\/versions\/latest$/.exec(path)?.[1]
  if (asked !== undefined) {
    if (!subjects.has(asked)) return [404, { error_code: 40401, message: 'Subject not found.' }]
    return [200, { is_compatible: compatible }]
  }
  const id = /^\/schemas\/ids\/(\d+)$/.exec(path)?.[1]
  const schema = schemas[Number(id) - 1]
  if (schema !== undefined) return [200, { schema }]
  return [404, { error_code: 40403, message: 'Schema not found' }]
}

describe('the registry', () => {
  test('knows every record after a start, and the wire format carries its id', async () => {
    const registered = await registeredSchemas(schemaRegistry(url))
    const codec = confluentCodec(registered)
    const value = codec.encode('Alert', exampleRecord('Alert'))
    expect([...value.subarray(0, 5)]).toEqual([0, 0, 0, 0, registered.ids.get('Alert')])
    expect(codec.decode(value)).toEqual({
      kind: 'record',
      type: 'Alert',
      record: exampleRecord('Alert'),
    })
  })

  test('a second start finds the same ids', async () => {
    const first = await registeredSchemas(schemaRegistry(url))
    const second = await registeredSchemas(schemaRegistry(url))
    expect([...second.ids]).toEqual([...first.ids])
  })

  test('an incompatible schema stops the start', async () => {
    compatible = false
    await expect(registeredSchemas(schemaRegistry(url))).rejects.toThrow('incompatible')
    compatible = true
  })

  test('an id that is not there is an error with its status', async () => {
    await expect(schemaRegistry(url).schemaOf(999)).rejects.toMatchObject({
      name: 'SchemaRegistryError',
      status: 404,
    })
  })

  test('a registry that cannot be reached is named', async () => {
    const call = schemaRegistry('http://127.0.0.1:1').schemaOf(1)
    await expect(call).rejects.toBeInstanceOf(SchemaRegistryError)
    await expect(schemaRegistry('http://127.0.0.1:1').schemaOf(1)).rejects.toThrow('127.0.0.1:1')
  })

  test('an id nobody learned is an unknown schema, not a crash', async () => {
    const codec = confluentCodec(await registeredSchemas(schemaRegistry(url)))
    expect(codec.decode(Uint8Array.of(0, 0, 0, 99, 99, 1))).toEqual({
      kind: 'reject',
      code: 'unknown-schema',
      at: 'byte 1',
    })
  })
})
