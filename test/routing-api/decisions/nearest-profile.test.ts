import { describe, expect, test } from '@jest/globals'
import { nearestProfile } from '../../../routing-api/decisions/nearest-profile.ts'

const OURS = 't13d1516h2_8daaf6152771_02713d6af862'

describe('nearest profile', () => {
  test.each([
    ['itself', OURS, 0],
    ['a name or none sent', 't13i1516h2_8daaf6152771_02713d6af862', 0],
    ['two more extensions', 't13d1518h2_8daaf6152771_aaaaaaaaaaaa', 0.31],
    ['another ALPN', 't13d1516h1_8daaf6152771_02713d6af862', 0.1],
    ['other suites and an older version', 't12d1516h2_aaaaaaaaaaaa_02713d6af862', 0.5],
    ['nothing in common', 't10i990000_aaaaaaaaaaaa_bbbbbbbbbbbb', 1],
    ['another transport', 'q13d1516h2_8daaf6152771_02713d6af862', 1],
    ['a HASSH', 'ec7378c1a92f5a8dde7e8b7a1ddf33d1', 1],
  ])('%s: distance %s is %d', (_name, other, distance) => {
    expect(nearestProfile(OURS, [other])).toEqual({ fingerprint: other, distance })
  })

  test('is the nearest of many, and nothing where nothing is trusted', () => {
    const far = 't12d0101h1_aaaaaaaaaaaa_bbbbbbbbbbbb'
    const near = 't13d1516h1_8daaf6152771_02713d6af862'
    expect(nearestProfile(OURS, [far, near, far])).toEqual({ fingerprint: near, distance: 0.1 })
    expect(nearestProfile(OURS, [])).toBeUndefined()
  })
})
