import { describe, expect, test } from '@jest/globals'
import avro from 'avsc'
import { Readable } from 'node:stream'
import { singleObjectCodec } from '../../lib/codec/single-object.ts'
import { avroContainer } from '../../sinks/avro-container.ts'
import { exampleRecord } from './example-record.ts'

const codec = singleObjectCodec()

function body(seed: number): Uint8Array {
  const peeked = codec.peek(codec.encode('Sighting', exampleRecord('Sighting', 'full', seed)))
  if (peeked.kind !== 'body') throw new Error('no body')
  return peeked.body
}

async function readBack(file: Buffer): Promise<unknown[]> {
  const decoder = new avro.streams.BlockDecoder()
  const records: unknown[] = []
  for await (const record of Readable.from([file]).pipe(decoder)) records.push(record)
  return records
}

describe('avroContainer', () => {
  test('is read by others as the records it was made of', async () => {
    const records = await readBack(avroContainer('Sighting', [1, 2, 300].map(body)))
    expect(records).toHaveLength(3)
    expect(records[1]).toMatchObject({ amount: 2.25, kind: 'kind ü\'"\\\n2' })
  })

  test('has nothing but a header without records', async () => {
    expect(await readBack(avroContainer('Sighting', []))).toEqual([])
  })

  test('is the same for the same bodies', () => {
    expect(avroContainer('Sighting', [body(1)])).toEqual(avroContainer('Sighting', [body(1)]))
  })

  test('carries bodies of any length', async () => {
    const long = codec.peek(
      codec.encode('Sighting', { ...exampleRecord('Sighting', 'full'), key: 'x'.repeat(70_000) }),
    )
    if (long.kind !== 'body') throw new Error('no body')
    const [record] = await readBack(avroContainer('Sighting', [long.body]))
    expect(record).toMatchObject({ key: 'x'.repeat(70_000) })
  })
})
