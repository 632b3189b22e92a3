import { describe, expect, test } from '@jest/globals'
import fc from 'fast-check'
import { spread } from '../../../io/event-log/assignment.ts'
import { Groups, type GroupAction } from '../../../io/event-log/groups.ts'

const join = (member: string, more: object = {}) =>
  ({ group: 'g', member, topics: ['client-events'], count: 4, ...more }) as const

function told(actions: readonly GroupAction[] | string): string[] {
  if (typeof actions === 'string') return [actions]
  return actions.map((action) =>
    action.kind === 'grant'
      ? `grant ${action.member} ${action.numbers.join('')} generation ${action.generation}`
      : `${action.kind} ${action.member}`,
  )
}

describe('groups', () => {
  test('give all to the first, take back for the second, and grant once it was released', () => {
    const groups = new Groups([], 0, 1000)
    expect(told(groups.join(join('a'), 0))).toEqual(['grant a 0123 generation 1'])
    expect(told(groups.join(join('b'), 10))).toEqual(['revoke a'])
    expect(groups.holds('g', [0, 1, 2, 3], 1)).toBe(true)
    expect(told(groups.released('g', 'a', 20))).toEqual([
      'grant a 01 generation 2',
      'grant b 23 generation 3',
    ])
    expect(groups.holds('g', [0, 1, 2, 3], 1)).toBe(false)
    expect(groups.holds('g', [2, 3], 3)).toBe(true)
    expect(told(groups.leave('g', 'a', 30))).toEqual(['revoke b'])
    expect(told(groups.released('g', 'b', 31))).toEqual(['grant b 0123 generation 4'])
  })

  test('take numbers from a member that does not release them in time', () => {
    const groups = new Groups([], 0, 1000)
    groups.join(join('a'), 0)
    groups.join(join('b'), 10)
    expect(told(groups.expire(1009))).toEqual([])
    expect(told(groups.expire(1010))).toEqual(['lost a', 'grant b 0123 generation 2'])
    expect(groups.holds('g', [0], 1)).toBe(false)
  })

  test('refuse a lease that nobody holds any more, even before another has it', () => {
    const groups = new Groups([], 0, 1000)
    groups.join(join('a'), 0)
    groups.dismiss('g', 'a', 5)
    expect(groups.holds('g', [0], 1)).toBe(false)
    expect(groups.holds('never heard of', [0], 0)).toBe(false)
  })

  test('keep a holder’s numbers over a restart for as long as they are patient', () => {
    const stored = [0, 1, 2, 3].map((number) => {
      return { group: 'g', number, generation: 7, member: 'a' }
    })
    const back = new Groups(stored, 0, 1000)
    const resume = { generation: 7, numbers: [0, 1, 2, 3] }
    expect(told(back.join(join('b'), 10))).toEqual([])
    expect(told(back.join(join('a', { resume }), 20))).toEqual(['resumed a', 'revoke a'])
    const gone = new Groups(stored, 0, 1000)
    gone.join(join('b'), 10)
    expect(told(gone.expire(1000))).toEqual(['lost a', 'grant b 0123 generation 8'])
    expect(told(gone.join(join('a', { resume }), 1001))).toEqual(['revoke a', 'revoke b'])
  })

  test('refuse a member that reads other topics', () => {
    const groups = new Groups([], 0, 1000)
    groups.join(join('a'), 0)
    expect(told(groups.join(join('b', { topics: ['alerts'] }), 1))).toEqual([
      'group g is being read with other topics (client-events)',
    ])
  })

  test('never have two holders of a number, and leave none without once all is settled', () => {
    const step = fc.tuple(
      fc.constantFrom('join', 'leave', 'released', 'wait'),
      fc.constantFrom('a', 'b', 'c', 'd', 'e'),
    )
    fc.assert(
      fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
        const groups = new Groups([], 0, 100)
        const held = new Map<string, readonly number[]>()
        let nowMs = 0
        const apply = (actions: readonly GroupAction[] | string): void => {
          if (typeof actions === 'string') throw new Error(actions)
          for (const action of actions) {
            if (action.kind === 'lost') held.delete(action.member)
            if (action.kind !== 'grant') continue
            held.set(action.member, action.numbers)
            const all = [...held.values()].flat()
            expect(new Set(all).size).toBe(all.length)
          }
        }
        for (const [what, member] of steps) {
          nowMs += 10
          if (what === 'join' || what === 'leave' || what === 'released') held.delete(member)
          if (what === 'join') apply(groups.join(join(member), nowMs))
          else if (what === 'leave') apply(groups.leave('g', member, nowMs))
          else if (what === 'released') {
            const before = groups.released('g', member, nowMs)
            apply(before)
          } else apply(groups.expire(nowMs))
        }
      }),
    )
  })
})

describe('spread', () => {
  test('is even, complete and keeps what it can', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 0, max: 20 }),
        fc.integer({ min: 1, max: 6 }),
        (count, many) => {
          const claimants = Array.from({ length: many }, (_, n) => {
            return {
              member: `${n}`,
              claims: n === 0 ? Array.from({ length: count }, (_, c) => c) : [],
            }
          })
          const given = [...spread(claimants, count).values()]
          expect(given.flat().sort((a, b) => a - b)).toEqual(claimants[0]?.claims)
          const sizes = given.map((numbers) => numbers.length)
          expect(Math.max(...sizes) - Math.min(...sizes)).toBeLessThanOrEqual(1)
        },
      ),
    )
  })
})
