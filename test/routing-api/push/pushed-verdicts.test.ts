import { expect, test } from '@jest/globals'
import { PushedVerdicts } from '../../../routing-api/push/pushed-verdicts.ts'
import { type Score } from '../../../schemas/generated/records.ts'
import { exampleRecord } from '../../support/example-record.ts'
import { testApi, type TestApi } from '../harness.ts'
import { singleObjectCodec } from '../../../lib/codec/single-object.ts'
import { encoded } from '../../../lib/encoded.ts'

const NOW = 1_790_000_000_000
const codec = singleObjectCodec()

function scored(api: TestApi, entity: string, fields: Partial<Score>): void {
  const record = exampleRecord('Score', {
    ...{ entity, protocol: 'tls', kind: entity.startsWith('ip-fp') ? 'ip-fp' : 'ip' },
    ...{ evidence: 12, value: 1, peak: 1, band: 'critical', shared: false, lastSuccessAt: null },
    ...{ asOf: NOW * 1_000, validUntil: (NOW + 86_400_000) * 1_000, halfLifeMs: 21_600_000 },
    contributions: [],
    ...fields,
  })
  api.state.scores.put(record, encoded({ type: 'Score', record }, codec).value ?? new Uint8Array())
}

function enforcing(): TestApi {
  const api = testApi({ now: () => NOW })
  const policy = { shadow: false, tls: { threshold: 0.75, spread: 0 } }
  const fault = api.state.applyControl(
    exampleRecord('Control', {
      kind: 'policy',
      id: '1',
      body: JSON.stringify(policy),
      deleted: false,
    }),
  )
  if (fault !== undefined) throw new Error(fault)
  return api
}

function pushed(api: TestApi, limits = {}): PushedVerdicts {
  const all = { most: 10, mostDirty: 10, perLook: 10, ...limits }
  return new PushedVerdicts(api.state, 'shop', all)
}

test('who goes to mitigation by the address alone is pushed, and taken back when the score is over', () => {
  const api = enforcing()
  scored(api, 'ip:192.0.2.7#tls', {})
  scored(api, 'ip:192.0.2.8#tls', { value: 0.2, evidence: 1, peak: 0.2, band: 'low' })
  const verdicts = pushed(api)
  for (const last of [7, 8]) verdicts.heard(`ip:192.0.2.${last}#tls`)
  expect(verdicts.look(NOW)).toEqual({ added: ['192.0.2.7'], removed: [], anew: false })
  expect(verdicts.look(NOW + 1)).toEqual({ added: [], removed: [], anew: false })
  // Nobody says anything: scores decay all the same.
  expect(verdicts.look(NOW + 80_000_000)).toEqual({
    added: [],
    removed: ['192.0.2.7'],
    anew: false,
  })
})

test.each([
  ['is shared', { shared: true }, undefined],
  ['proved itself with a program', {}, { lastSuccessAt: NOW * 1_000 }],
])('who %s is asked for as before', (_, ip, pair) => {
  const api = enforcing()
  scored(api, 'ip:192.0.2.7#tls', ip)
  if (pair !== undefined) scored(api, 'ip-fp:192.0.2.7|t13d_a_b#tls', pair)
  const verdicts = pushed(api)
  verdicts.heard('ip:192.0.2.7#tls')
  expect(verdicts.look(NOW).added).toEqual([])
})

test('a listener in shadow pushes nothing', () => {
  const api = testApi({ now: () => NOW })
  scored(api, 'ip:192.0.2.7#tls', {})
  const verdicts = pushed(api)
  verdicts.heard('ip:192.0.2.7#tls')
  expect(verdicts.look(NOW).added).toEqual([])
})

test("after an operator's word everything is pushed anew, once, and an allowed client not at all", () => {
  const api = enforcing()
  scored(api, 'ip:192.0.2.7#tls', {})
  const verdicts = pushed(api)
  verdicts.heard('ip:192.0.2.7#tls')
  verdicts.look(NOW)
  const allow = {
    kind: 'allow',
    id: '192.0.2.7/32',
    body: '{"untilMs":null}',
    deleted: false,
  } as const
  api.state.applyControl(exampleRecord('Control', allow))
  verdicts.ruled()
  expect(verdicts.look(NOW + 1)).toEqual({ added: [], removed: ['192.0.2.7'], anew: true })
  expect(verdicts.look(NOW + 2).anew).toBe(false)
  expect(verdicts.all(NOW)).toEqual({ moved: [], asked: ['192.0.2.7/32'] })
})

test('there is room for so many, and what has none is counted', () => {
  const api = enforcing()
  const verdicts = pushed(api, { most: 2, mostDirty: 3 })
  for (let n = 1; n <= 5; n += 1) {
    scored(api, `ip:192.0.2.${n}#tls`, {})
    verdicts.heard(`ip:192.0.2.${n}#tls`)
  }
  expect(verdicts.look(NOW).added).toHaveLength(2)
  expect(verdicts.dropped).toBe(3)
})
