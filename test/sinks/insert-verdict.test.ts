import { describe, expect, test } from '@jest/globals'
import { insertVerdict } from '../../sinks/insert-verdict.ts'

const error = (code: number, message = 'text') => ({ kind: 'error', code, message }) as const

describe('insertVerdict', () => {
  test('a batch that is in is done', () => {
    expect(insertVerdict({ kind: 'inserted' }, 3)).toEqual({ kind: 'done' })
  })

  test('a database that does not answer is waited for, longer each time, ten seconds at most', () => {
    const waits = [0, 1, 2, 6, 7, 1000].map((attempt) =>
      insertVerdict({ kind: 'unreachable', message: 'refused' }, attempt),
    )
    expect(waits.map((verdict) => (verdict.kind === 'retry' ? verdict.afterMs : 0))).toEqual([
      100, 200, 400, 6400, 10_000, 10_000,
    ])
  })

  test.each([
    ['unreadable Avro', 748],
    ['a value out of range', 321],
    ['text that cannot be parsed', 27],
    ['what the Avro library throws', 1001],
  ])('%s is looked for by halves', (_what, code) => {
    expect(insertVerdict(error(code), 0)).toEqual({ kind: 'split', message: `${code}: text` })
  })

  test.each([
    ['a missing table', 60],
    ['a full disk', 243],
    ['no memory', 241],
    ['a wrong password', 516],
    ['too many queries', 202],
  ])('%s is the database’s trouble, however often it is said', (_what, code) => {
    expect(insertVerdict(error(code), 500).kind).toBe('retry')
  })

  test('error 252 is about rows of too many weeks, or about a server that cannot keep up', () => {
    expect(insertVerdict(error(252, 'Too many partitions for single INSERT block'), 0).kind).toBe(
      'split',
    )
    expect(insertVerdict(error(252, 'Too many parts (300)'), 0).kind).toBe('retry')
  })

  test('a code nobody knows is the database’s trouble six times, then the rows’', () => {
    expect([0, 5, 6].map((attempt) => insertVerdict(error(9999), attempt).kind)).toEqual([
      'retry',
      'retry',
      'split',
    ])
  })
})
