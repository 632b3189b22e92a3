import { describe, expect, test } from '@jest/globals'
import fc from 'fast-check'
import {
  askLine,
  denyLine,
  LONGEST_LINE,
  readAnswer,
  readLogin,
} from '../../../gates/ssh/step-up-lines.ts'

const LINES = [
  'step-up 1',
  'user anna',
  'service sshd-stepup',
  'peer 127.0.0.1 40112 127.0.0.1 2223',
]

describe('what the PAM module says', () => {
  test('a login: who, by which service, from which socket', () => {
    const login = readLogin(LINES)
    expect(login).toMatchObject({ user: 'anna', service: 'sshd-stepup', peer: { port: 40_112 } })
    expect(Buffer.from(login?.peer.address ?? []).toString('hex')).toBe(
      '00000000000000000000ffff7f000001',
    )
  })

  test.each([
    ['another version', ['step-up 2', ...LINES.slice(1)]],
    ['no user', LINES.filter((line) => !line.startsWith('user'))],
    ['no peer', LINES.slice(0, 3)],
    ['a peer that is none', [...LINES.slice(0, 3), 'peer UNKNOWN 65535 UNKNOWN 65535']],
    ['nothing', []],
  ])('%s is no login', (_name, lines) => {
    expect(readLogin(lines)).toBeUndefined()
  })

  test('an answer is all that comes after the first space', () => {
    expect([readAnswer('answer St. Mary s '), readAnswer('answer'), readAnswer('allow')]).toEqual([
      'St. Mary s ',
      '',
      undefined,
    ])
  })

  test('any lines are read or refused, never thrown at', () => {
    fc.assert(
      fc.property(fc.array(fc.string({ unit: 'binary' }), { maxLength: 8 }), (lines) => {
        readLogin(['step-up 1', ...lines])
        return true
      }),
    )
  })
})

test('what is said to it is one line that fits its buffer, whatever the text', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary', maxLength: 3_000 }), (text) => {
      for (const line of [askLine(text, false), denyLine(text)]) {
        expect(line.slice(0, -1)).not.toMatch(/\p{Cc}/u)
        expect(line.endsWith('\n')).toBe(true)
        expect(Buffer.byteLength(line)).toBeLessThanOrEqual(LONGEST_LINE + 1)
      }
    }),
  )
  expect(askLine('Which school? ', false)).toBe('ask 0 Which school? \n')
})
