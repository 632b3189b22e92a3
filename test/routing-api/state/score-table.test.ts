import { describe, expect, test } from '@jest/globals'
import { type Score } from '../../../schemas/generated/records.ts'
import { ScoreTable, type ScoreTableLimits } from '../../../routing-api/state/score-table.ts'
import { Slab } from '../../../routing-api/state/slab.ts'
import { exampleRecord } from '../../support/example-record.ts'
import { CODEC } from '../harness.ts'

function score(entity: string, evidence: number, over: Partial<Score> = {}): Score {
  return exampleRecord('Score', { entity, evidence, lastSuccessAt: null, asOf: 1_000_000, ...over })
}

function put(table: ScoreTable, record: Score): string {
  return table.put(record, CODEC.encode('Score', record))
}

function tableOf(limits: Partial<ScoreTableLimits> = {}): ScoreTable {
  return new ScoreTable(CODEC, { maxScores: 100, maxBytes: 1 << 22, ...limits })
}

describe('the table of scores', () => {
  test('numbers and contributions come back as they were published', () => {
    const table = tableOf()
    const record = score('ip-fp:192.0.2.1|fp1#tls', 3.5, { shared: true, lastSuccessAt: 5_000_000 })
    expect(put(table, record)).toBe('stored')
    const found = table.find('ip-fp:192.0.2.1|fp1#tls')
    expect(found).toMatchObject({
      kind: 'ip-fp',
      protocol: 'tls',
      evidence: 3.5,
      asOfMs: 1000,
      shared: true,
      lastSuccessAtMs: 5000,
      modelVersion: record.modelVersion,
    })
    expect(found?.contributions()).toEqual(record.contributions)
  })

  test('a newer score replaces, an older one does not', () => {
    const table = tableOf()
    put(table, score('ip:192.0.2.1#tls', 1, { asOf: 2_000_000 }))
    expect(put(table, score('ip:192.0.2.1#tls', 9, { asOf: 1_000_000 }))).toBe('stale')
    expect(put(table, score('ip:192.0.2.1#tls', 2, { asOf: 3_000_000 }))).toBe('stored')
    expect(table.find('ip:192.0.2.1#tls')?.evidence).toBe(2)
    expect(table.size).toBe(1)
  })

  test('a client is found with all its programs, and can be erased', () => {
    const table = tableOf()
    for (const entity of [
      'ip:192.0.2.1#tls',
      'ip-fp:192.0.2.1|a#tls',
      'ip-fp:192.0.2.1|b#ssh',
      'ip:192.0.2.11#tls',
    ]) {
      put(table, score(entity, 1))
    }
    expect([...table.ofClient('192.0.2.1')].sort()).toEqual([
      'ip-fp:192.0.2.1|a#tls',
      'ip-fp:192.0.2.1|b#ssh',
      'ip:192.0.2.1#tls',
    ])
    for (const entity of table.ofClient('192.0.2.1')) table.delete(entity)
    expect(table.ofClient('192.0.2.1')).toEqual([])
    expect(table.find('ip:192.0.2.1#tls')).toBeUndefined()
    expect(table.size).toBe(1)
  })

  test('10,000 harmless strangers push out neither the riskier nor those who proved themselves', () => {
    const table = tableOf()
    put(table, score('ip:198.51.100.1#tls', 12))
    put(table, score('ip:198.51.100.2#tls', -3, { lastSuccessAt: 1 }))
    const refused = Array.from({ length: 10_000 }, (_, i) =>
      put(table, score(`ip:10.0.${i >> 8}.${i & 255}#tls`, 0.1)),
    ).filter((became) => became === 'full').length
    expect(refused).toBe(10_000 - 98)
    expect(table.size).toBe(100)
    expect(put(table, score('ip:198.51.100.3#tls', 8))).toBe('stored')
    expect(table.size).toBe(100)
    for (const n of [1, 2, 3]) expect(table.find(`ip:198.51.100.${n}#tls`)).toBeDefined()
  })
})

describe('the slab', () => {
  test('freed blocks are used again and wiped', () => {
    const slab = new Slab(1 << 20)
    const first = slab.put(new Uint8Array(100).fill(7))
    const view = slab.get(first)
    slab.free(first)
    expect([...view].every((byte) => byte === 0)).toBe(true)
    expect(slab.put(new Uint8Array(90).fill(1))).toBe(first)
  })

  test('it says no when it is full or the record too large', () => {
    const slab = new Slab(1 << 20)
    expect(slab.put(new Uint8Array(20_000))).toBe(0)
    let stored = 0
    while (slab.put(new Uint8Array(1000)) !== 0) stored += 1
    expect(stored).toBe(1024)
    expect(slab.bytes).toBe(1 << 20)
  })
})
