import { describe, expect, test } from '@jest/globals'
import { normalAnswer } from '../../../routing-api/enrolments/normal-answer.ts'
import { fromBase32, toBase32, totpCode, totpStep } from '../../../routing-api/enrolments/totp.ts'

/** RFC 6238 appendix B: seconds, and the codes of the three algorithms. */
const VECTORS = [
  [59, '94287082', '46119246', '90693936'],
  [1111111109, '07081804', '68084774', '25091201'],
  [1111111111, '14050471', '67062674', '99943326'],
  [1234567890, '89005924', '91819424', '93441116'],
  [2000000000, '69279037', '90698825', '38618901'],
  [20000000000, '65353130', '77737706', '47863826'],
] as const
const digits = '1234567890'.repeat(7)

describe('one-time codes', () => {
  test.each(VECTORS)('at %d s as RFC 6238 says', (seconds, ...codes) => {
    const made = (
      [
        ['sha1', 20],
        ['sha256', 32],
        ['sha512', 64],
      ] as const
    ).map(([algorithm, length]) => {
      const secret = Buffer.from(digits.slice(0, length))
      return totpCode(secret, Math.floor(seconds / 30), { algorithm, digits: 8, period: 30 })
    })
    expect(made).toEqual(codes)
  })

  test('the step before and after now are good, two away are not, and each is good once', () => {
    const secret = Buffer.from('12345678901234567890')
    const at = 1_000 * 30_000
    const code = (step: number): string => totpCode(secret, step)
    expect(totpStep(secret, code(999), at, 0)).toBe(999)
    expect(totpStep(secret, code(1_001), at, 0)).toBe(1_001)
    expect(totpStep(secret, code(998), at, 0)).toBeUndefined()
    expect(totpStep(secret, code(1_000), at, 1_000)).toBeUndefined()
    expect(totpStep(secret, '', at, 0)).toBeUndefined()
  })

  test('base32 as RFC 4648 says, read back with spaces and small letters', () => {
    expect(toBase32(Buffer.from('foobar'))).toBe('MZXW6YTBOI')
    expect(fromBase32('mzxw 6ytb-oi======')?.toString()).toBe('foobar')
    expect(fromBase32('1')).toBeUndefined()
  })
})

test('people write an answer differently and mean the same', () => {
  const same = ["St. Mary's", 'st marys', 'ST  MARYS ', 'St Marý’s'].map(normalAnswer)
  expect(new Set(same)).toEqual(new Set(['stmarys']))
  expect(normalAnswer('?!')).toBe('')
})
