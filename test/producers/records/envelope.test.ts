import { expect, test } from '@jest/globals'
import { stamp } from '../../../producers/records/envelope.ts'

test('whatever time a capture claims, its records can be written', () => {
  const sensor = { sensor: 's', site: 'here', source: 'import' } as const
  const at = (time: number): number => stamp(sensor, new Uint8Array(16), time).observedAt
  expect(at(1.5e15 + 0.5)).toBe(1.5e15)
  expect(at(1.8e25)).toBe(9_007_199_254_740_990)
  expect(at(-1.8e25)).toBe(-9_007_199_254_740_990)
})
