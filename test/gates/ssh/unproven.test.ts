import { describe, expect, test } from '@jest/globals'
import { Unproven } from '../../../gates/ssh/unproven.ts'

function connection(name: string, cut: string[]): { cut: () => void } {
  return { cut: () => void cut.push(name) }
}

describe('connections that have not logged in', () => {
  test('a source that is refused loses all of its own, and nobody else does', () => {
    const cut: string[] = []
    const unproven = new Unproven<{ cut: () => void }>()
    unproven.add('a', connection('a1', cut))
    unproven.add('a', connection('a2', cut))
    unproven.add('b', connection('b1', cut))
    expect(unproven.cut('a')).toBe(2)
    expect(cut).toEqual(['a1', 'a2'])
    expect(unproven.cut('a')).toBe(0)
    expect(unproven.cut('never seen')).toBe(0)
  })

  test('one that logged in or is over is left alone', () => {
    const cut: string[] = []
    const unproven = new Unproven<{ cut: () => void }>()
    const [one, two] = [connection('one', cut), connection('two', cut)]
    unproven.add('a', one)
    unproven.add('a', two)
    unproven.remove('a', one)
    unproven.remove('a', one)
    unproven.remove('b', one)
    expect(unproven.cut('a')).toBe(1)
    expect(cut).toEqual(['two'])
  })
})
