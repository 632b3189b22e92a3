import { expect, test } from '@jest/globals'
import { singleObjectCodec } from '../../lib/codec/single-object.ts'
import { toAppends } from '../../processors/to-appends.ts'
import { type FoldOutput } from '../../processors/client-fold/fold-output.ts'
import { type Alert } from '../../schemas/generated/records.ts'

const codec = singleObjectCodec()

function alert(message: string, eventId = new Uint8Array(16)): FoldOutput {
  const stamp = { eventId, observedAt: 7_000_000, ingestedAt: 7_000_000, sensor: 's', site: 'here' }
  const said: Pick<Alert, 'kind' | 'severity'> = { kind: 'clock', severity: 'notice' }
  const record: Alert = { ...stamp, ...said, entity: 'x', message, details: '{}' }
  return { kind: 'record', type: 'Alert', record }
}

test('an output that breaks its schema is a dead letter that names the field, and the others go on', () => {
  const spoilt: string[] = []
  const outputs = [alert('first'), alert('broken', new Uint8Array(15)), alert('last')]
  const appends = toAppends(codec, outputs, (topic) => spoilt.push(topic))
  const told = (topic: 'alerts' | 'dead-letters') =>
    (appends.get(topic) ?? []).map(({ value }) => {
      const any = value === null ? undefined : codec.decode(value)
      if (any?.kind !== 'record') throw new Error('not a record')
      return any
    })
  expect(told('alerts').map(({ record }) => 'message' in record && record.message)).toEqual([
    'first',
    'last',
  ])
  expect(told('dead-letters')).toMatchObject([
    { record: { code: 'unencodable', place: 'Alert.eventId', topic: 'alerts', sensor: 's' } },
  ])
  expect(spoilt).toEqual(['alerts'])
})
