import { describe, expect, test } from '@jest/globals'
import { RecentMap } from '../../lib/recent-map.ts'

describe('recent map', () => {
  test('keeps what is asked for through a flood of other keys, and forgets the rest', () => {
    const map = new RecentMap<string, number>(10)
    map.set('asked', 1)
    map.set('left', 2)
    for (let i = 0; i < 100; i += 1) {
      map.set(`flood ${i}`, i)
      expect(map.get('asked')).toBe(1)
    }
    expect(map.get('left')).toBeUndefined()
    expect(map.get('flood 99')).toBe(99)
  })
})
