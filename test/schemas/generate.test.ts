import { describe, expect, test } from '@jest/globals'
import { AvroRecord, expand } from '../../schemas/avro-record.ts'
import { avroSchema } from '../../schemas/avro-schema.ts'
import { clickhouseTable } from '../../schemas/clickhouse-ddl.ts'
import { typescriptInterface } from '../../schemas/typescript-types.ts'
import { TOPIC_NAMES, TOPICS } from '../../schemas/topics.ts'
import { AVRO_SCHEMAS } from '../../schemas/generated/avro-schemas.ts'

const record = expand(
  AvroRecord.parse({
    type: 'record',
    name: 'DoorBell',
    namespace: 'vestibule.v1',
    doc: 'Somebody rang.',
    include: ['stamp'],
    clickhouse: { orderBy: ['eventId'], partitionBy: 'tuple()', ttlDays: 3 },
    fields: [
      {
        name: 'who',
        type: ['null', 'string'],
        default: null,
        doc: 'Who.',
        clickhouse: 'LowCardinality(String)',
      },
      { name: 'mood', type: 'string', doc: 'How.', oneOf: ['calm', 'cross'] },
      {
        name: 'tones',
        type: { type: 'array', items: 'int' },
        doc: 'Hertz.',
        clickhouse: 'Array(UInt16)',
      },
    ],
  }),
  [
    {
      type: 'fragment',
      name: 'stamp',
      doc: 'x',
      fields: [{ name: 'eventId', type: 'Hash128', doc: 'Id.' }],
    },
  ],
)

describe('one record in three forms', () => {
  test('Avro: nothing of ours in it', () => {
    expect(avroSchema(record)).toEqual({
      type: 'record',
      name: 'DoorBell',
      namespace: 'vestibule.v1',
      fields: [
        { name: 'eventId', type: { type: 'fixed', name: 'Hash128', size: 16 } },
        { name: 'who', type: ['null', 'string'], default: null },
        { name: 'mood', type: 'string' },
        { name: 'tones', type: { type: 'array', items: 'int' } },
      ],
    })
  })

  test('TypeScript: closed lists are unions, absent is null', () => {
    const text = typescriptInterface(record)
    expect(text).toContain('readonly eventId: Uint8Array')
    expect(text).toContain('readonly who: string | null')
    expect(text).toContain("readonly mood: 'calm' | 'cross'")
    expect(text).toContain('readonly tones: readonly number[]')
  })

  test('ClickHouse: the table is named after the record', () => {
    const ddl = clickhouseTable(record) ?? ''
    expect(ddl).toContain('vestibule.door_bell')
    expect(ddl).toContain('who LowCardinality(Nullable(String))')
    expect(ddl).toContain('tones Array(UInt16)')
    expect(ddl).toContain('INTERVAL 3 DAY')
  })

  test('a fragment nobody wrote is a fault of generation', () => {
    expect(() => expand({ ...record, include: ['postage'] }, [])).toThrow(
      'unknown fragment postage',
    )
  })
})

describe('topics', () => {
  test('carry every record once', () => {
    const carried = TOPIC_NAMES.flatMap((topic) => [...TOPICS[topic].records])
    expect([...carried].sort()).toEqual(Object.keys(AVRO_SCHEMAS).sort())
  })

  test('that the folds read together have one partition count', () => {
    const together = ['client-events', 'sightings', 'population', 'scores', 'snapshots'] as const
    expect(new Set(together.map((topic) => TOPICS[topic].partitions)).size).toBe(1)
  })

  test('keep compacted topics for ever and the others for a stated time', () => {
    for (const topic of TOPIC_NAMES) {
      expect(TOPICS[topic].retentionMs === null).toBe(TOPICS[topic].cleanup === 'compact')
    }
  })
})
