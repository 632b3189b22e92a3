import { expect, test } from '@jest/globals'
import { moveLines, type MoveRow } from '../../cli/why/moves.ts'

const row = (
  second: number,
  word: string,
  why = '',
  kind: MoveRow['kind'] = 'decision',
): MoveRow => ({
  at: `2026-11-25 14:00:${String(second).padStart(2, '0')}.123456`,
  kind,
  word,
  listener: 'shop',
  why,
})

test('a client that was moved and moved back is told in order, equal answers in one line', () => {
  const newestFirst = [
    row(9, 'primary'),
    row(8, 'primary'),
    row(7, 'proof: an authenticated exchange', 'told by shop-app', 'outcome'),
    row(6, 'mitigation', 'handshakes fail'),
    row(5, 'mitigation', 'handshakes fail'),
    row(1, 'primary'),
  ]
  expect(moveLines(newestFirst)).toEqual([
    '  14:00:01.123  shop  primary (1 connection)',
    '  14:00:05.123  shop  mitigation (2 connections): handshakes fail',
    '  14:00:07.123  shop  proof: an authenticated exchange: told by shop-app',
    '  14:00:08.123  shop  primary (2 connections)',
  ])
})

test('only the newest stretches are told', () => {
  const rows = Array.from({ length: 40 }, (_, n) =>
    row(40 - n, n % 2 === 0 ? 'primary' : 'mitigation'),
  )
  expect(moveLines(rows)).toHaveLength(16)
})
