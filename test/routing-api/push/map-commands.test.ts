import { expect, test } from '@jest/globals'
import {
  changeCommands,
  fillCommands,
  preparedVersion,
  processOf,
} from '../../../routing-api/push/map-commands.ts'

test('a map is filled as a version of its own and then committed', () => {
  const entries = [
    { key: '192.0.2.7', until: 1_795_000_000 },
    { key: '2001:db8::/64', until: 0 },
  ]
  expect(fillCommands('/v.map', 3, entries)).toEqual([
    'add map @3 /v.map <<\n192.0.2.7 1795000000\n2001:db8::/64 0\n\n',
    'commit map @3 /v.map\n',
  ])
})

test('no command is longer than HAProxy reads, and none is left out', () => {
  const entries = Array.from({ length: 2_000 }, (_, n) => ({
    key: `10.0.${n >> 8}.${n & 255}`,
    until: 1,
  }))
  const commands = fillCommands('/v.map', 1, entries)
  expect(Math.max(...commands.map(({ length }) => length))).toBeLessThan(9_000)
  expect(commands.join('').match(/^10\./gm)).toHaveLength(2_000)
})

test('single changes go several to a line', () => {
  expect(changeCommands('/v.map', [{ key: '192.0.2.7', until: 9 }], ['192.0.2.8'])).toEqual([
    'add map /v.map 192.0.2.7 9;del map /v.map 192.0.2.8\n',
  ])
  expect(changeCommands('/v.map', [], [])).toEqual([])
})

test.each(['192.0.2.7;shutdown', '1.2.3.4 5\nclear map', '', 'abc xyz'])(
  'what is no address makes no command: %j',
  (key) => {
    expect(changeCommands('/v.map', [{ key, until: 9 }], [key])).toEqual([])
    expect(fillCommands('/v.map', 1, [{ key, until: 9 }])).toEqual(['commit map @1 /v.map\n'])
  },
)

test('answers are read, and what is none is undefined', () => {
  expect(preparedVersion('New version created: 7\n\n')).toBe(7)
  expect(preparedVersion('Unknown map identifier.')).toBeUndefined()
  expect(processOf('Name: HAProxy\nPid: 4711\nUptime: 1s\n')).toBe(4_711)
  expect(processOf('Permission denied')).toBeUndefined()
})
