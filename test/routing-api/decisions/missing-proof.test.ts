import { expect, test } from '@jest/globals'
import { missingProof } from '../../../routing-api/decisions/missing-proof.ts'

test.each([
  [8, 'one authenticated or application exchange', 'it takes 2.9 nats off 8.0'],
  [11.3, '2 authenticated or application exchanges', 'each takes 2.9 nats off 11.3'],
  [23, '6 authenticated or application exchanges', 'each takes 2.9 nats off 23.0'],
])('%d nats want %s', (evidence, what, effect) => {
  expect(missingProof({ evidence, standing: 0 }, 0.75)).toEqual([
    { what, effect: `${effect}; the threshold of 0.75 is at 6.9` },
  ])
})

test('what no proof takes off is said, with the only ways out', () => {
  expect(missingProof({ evidence: 12, standing: 7.5 }, 0.75)).toEqual([
    {
      what: 'an operator allows the address, or reports a false positive',
      effect: '7.5 nats are of what no proof takes off; they fade by half in 6 hours without more',
    },
  ])
})
