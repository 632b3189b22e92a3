import { describe, expect, test } from '@jest/globals'
import { parseNetwork } from '../../lib/network-table.ts'

describe('a network', () => {
  test.each([
    ['192.0.2.0/24', 120],
    ['192.0.2.7', 128],
    ['0.0.0.0/0', 96],
    ['2001:db8::/32', 32],
    ['::/0', 0],
  ])('%s has %i bits of the 128', (text, bits) => {
    expect(parseNetwork(text)?.bits).toBe(bits)
  })

  test.each(['192.0.2.0/', '192.0.2.0/33', '192.0.2.0/0x8', '192.0.2.0/ 8', '192.0.2.0/1e1'])(
    '%j is none',
    (text) => {
      expect(parseNetwork(text)).toBeUndefined()
    },
  )

  test.each(['::/129', '::/-1', '192.0.2.0/24/3', '192.0.2', '', '/8', '192.0.2.0/024'])(
    '%j is none either',
    (text) => {
      expect(parseNetwork(text)).toBeUndefined()
    },
  )
})
