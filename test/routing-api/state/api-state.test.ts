import { expect, test } from '@jest/globals'
import { singleObjectCodec } from '../../../lib/codec/single-object.ts'
import { recordKey } from '../../../lib/record-key.ts'
import { type StoredRecord } from '../../../lib/event-log.ts'
import { ApiState } from '../../../routing-api/state/api-state.ts'
import { exampleRecord } from '../../support/example-record.ts'

const codec = singleObjectCodec()
const NO_METRICS = { count: () => undefined, gauge: () => undefined, observe: () => undefined }

test('what a processor took back of scores and population is in no table any more', () => {
  const state = new ApiState(codec, NO_METRICS)
  const score = exampleRecord('Score', {
    entity: 'ip-fp:192.0.2.66|random#tls',
    kind: 'ip-fp',
    protocol: 'tls',
  })
  const row = exampleRecord('Population', { kind: 'fp', key: 'random', protocol: 'tls' })
  const place = { partition: 0, offset: 0, timestampMs: 0 }
  const records: StoredRecord[] = [
    { ...place, topic: 'scores', key: score.entity, value: codec.encode('Score', score) },
    {
      ...place,
      topic: 'population',
      key: recordKey({ type: 'Population', record: row }),
      value: codec.encode('Population', row),
    },
  ]
  for (const record of records) state.apply(record)
  expect([state.scores.size, state.population.size]).toEqual([1, 1])
  for (const record of records) state.apply({ ...record, value: null })
  expect([state.scores.size, state.population.size]).toEqual([0, 0])
})
