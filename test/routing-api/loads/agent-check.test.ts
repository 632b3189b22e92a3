import { describe, expect, test } from '@jest/globals'
import fc from 'fast-check'
import {
  abilityOf,
  FRESH_AGENT,
  parseAgentCheck,
  said,
  type AgentState,
} from '../../../routing-api/loads/agent-check.ts'

function after(...answers: readonly string[]): AgentState {
  return answers.reduce((state, answer) => {
    const read = parseAgentCheck(answer)
    return read.kind === 'word' ? said(state, read.word) : state
  }, FRESH_AGENT)
}

describe("the answer of a server's agent", () => {
  test('words come in any order, between blanks, tabs and commas, and end with the line', () => {
    expect(parseAgentCheck('up,  75%\tmaxconn:30 # all is well\r\nignored')).toEqual({
      kind: 'word',
      word: {
        percent: 75,
        maxConnections: 30,
        admin: undefined,
        service: 'up',
        about: 'all is well',
      },
    })
    expect(after('75% UP\n')).toEqual({ ...FRESH_AGENT, percent: 75 })
  })

  test.each([
    [['up 75%'], 'up'],
    [['drain'], 'draining'],
    [['drain', 'up'], 'draining'],
    [['drain', 'ready'], 'up'],
    [['maint'], 'down'],
    [['maint', 'up'], 'down'],
    [['maint', 'ready'], 'up'],
    [['down # no database'], 'down'],
    [['failed'], 'down'],
    [['stopped'], 'down'],
    [['stopped', 'up'], 'up'],
    [['down', 'ready'], 'down'],
    [['0%'], 'draining'],
    [['0%', '50%'], 'up'],
  ])('%j leaves the server %s', (answers, ability) => {
    expect(abilityOf(after(...answers))).toBe(ability)
  })

  test.each([
    ['', 'empty'],
    ['\r\n', 'empty'],
    ['# only a remark', 'empty'],
    ['up -5%', 'unknown-word'],
    ['HTTP/1.1 200 OK', 'unknown-word'],
    ['99999%', 'unknown-word'],
    ['maxconn:1e5', 'unknown-word'],
  ])('%j is no answer: %s', (answer, code) => {
    expect(parseAgentCheck(answer)).toEqual({ kind: 'reject', code })
  })

  test('any bytes are read or refused', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary', maxLength: 3_000 }), (text) => {
        expect(['word', 'reject']).toContain(parseAgentCheck(text).kind)
      }),
    )
  })
})
