import { expect, test } from '@jest/globals'
import avro from 'avsc'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { Readable } from 'node:stream'
import { singleObjectCodec } from '../../lib/codec/single-object.ts'
import { tableName } from '../../schemas/clickhouse-ddl.ts'
import { avroContainer } from '../../sinks/avro-container.ts'
import { T0, tlsHello } from '../processors/records.ts'

/**
 * Chapter 6. History is ClickHouse, one table per record. A field is named once, in schemas/*.avsc: the
 * TypeScript type, the bytes on the log and the column are made from it (`npm run generate`).
 *
 * A sink decodes nothing. The log's values are Avro already; their headers are taken off and the bodies
 * joined into one file that ClickHouse reads by itself.
 */
const codec = singleObjectCodec()
const record = tlsHello('192.0.2.7', T0, { sni: 'www.example.org' })

test('a record becomes a row without being decoded on the way', async () => {
  const value = codec.encode('TlsHello', record)
  const peeked = codec.peek(value)
  if (peeked.kind !== 'body') throw new Error(peeked.code)
  // The first ten bytes say that it is Avro, and by which schema: the body follows as it is.
  expect(value.length - peeked.body.length).toBe(10)
  expect(Buffer.from(value.subarray(10))).toEqual(Buffer.from(peeked.body))

  const file = avroContainer('TlsHello', [peeked.body, peeked.body])
  const rows: unknown[] = []
  // Read back by a reader that knows nothing of us; ClickHouse's is another such.
  for await (const row of Readable.from([file]).pipe(new avro.streams.BlockDecoder()))
    rows.push(row)
  expect(rows).toHaveLength(2)
  expect(rows[0]).toMatchObject({ sni: 'www.example.org', ja4: 't13d0508h2_example' })
  // The same batch is the same bytes, under the same token: ClickHouse takes a repetition for one.
  expect(avroContainer('TlsHello', [peeked.body, peeked.body])).toEqual(file)
})

test('two sensors that see one thing make one event, and rows of one event become one row', () => {
  const tables = readFileSync(
    join(import.meta.dirname, '../../schemas/generated/tables.sql'),
    'utf8',
  )
  const name = tableName('TlsHello')
  const table = tables.split('CREATE TABLE').find((text) => text.includes(`vestibule.${name} (`))
  expect(name).toBe('tls_hello')
  // Rows alike in this key are merged; eventId is a hash of what was seen, not of who saw it.
  expect(table).toContain('ENGINE = ReplacingMergeTree')
  expect(table).toContain('ORDER BY (clientAddress, eventId)')
})
