import { expect, test } from '@jest/globals'
import { PopulationTable } from '../../behaviour/population-table.ts'
import { type Population } from '../../schemas/generated/records.ts'
import { exampleRecord } from '../support/example-record.ts'

function row(key: string, fields: Partial<Population> = {}): Population {
  const nothing = { weight: 1, fastWeight: 0, hostile: 0, trusted: 0 }
  return exampleRecord('Population', { kind: 'fp', protocol: 'tls', ...nothing, key, ...fields })
}

test('a flood of made-up fingerprints fills no table: they give way to each other', () => {
  const table = new PopulationTable(100)
  table.apply(row('tls', { kind: 'global' }))
  table.apply(row('browser', { weight: 900 }))
  table.apply(row('scanner', { hostile: 3 }))
  for (let i = 0; i < 2_000; i += 1) expect(table.apply(row(`made-up-${i}`))).toBe(true)
  expect(table.size).toBe(100)
  expect(table.apply(row('new-browser', { weight: 5 }))).toBe(true)
  for (const key of ['browser', 'scanner', 'new-browser', 'made-up-1999']) {
    expect([key, table.find('fp', 'tls', key)?.key]).toEqual([key, key])
  }
  expect(table.find('global', 'tls', 'tls')).toBeDefined()
  expect(table.find('fp', 'tls', 'made-up-0')).toBeUndefined()
})

test('a row that was taken back is gone, by the key it had on its topic, and trusted no more', () => {
  const table = new PopulationTable()
  table.apply(row('t13d_a', { trusted: 2 }))
  table.apply(row('a:b#c', { kind: 'user', protocol: 'ssh' }))
  for (const key of ['fp:t13d_a#ssh', 'nonsense', 'fp:t13d_a', 'other:t13d_a#tls'])
    table.remove(key)
  expect(table.size).toBe(2)
  table.remove('fp:t13d_a#tls')
  table.remove('user:a:b#c#ssh')
  expect(table.size).toBe(0)
  expect([...table.trustedFingerprints('tls')]).toEqual([])
})
