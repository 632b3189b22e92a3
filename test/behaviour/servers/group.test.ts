import { describe, expect, test } from '@jest/globals'
import fc from 'fast-check'
import {
  applicationOf,
  declaredFit,
  groupOf,
  isGroup,
  isRaised,
} from '../../../behaviour/servers/group.ts'

const BULK = { size: 'bulk', pace: 'lasting', resumption: 'resumes' } as const

describe('behaviour groups', () => {
  test.each([
    ['h2', null, 'h2'],
    ['http/1.1', 'imap.example.org', 'http1'],
    ['HTTP/1.1', null, 'http1'],
    ['x-made-up', null, 'other'],
    ['__proto__', null, 'other'],
    [null, 'imap.example.org', 'mail'],
    [null, 'API.example.org', 'api'],
    [null, 'constructor.example.org', 'unknown'],
    ['', null, 'unknown'],
    [null, null, 'unknown'],
  ])('application of ALPN %s and name %s: %s', (alpn, name, application) => {
    expect(applicationOf(alpn, name)).toBe(application)
  })

  test('a group is named by what its members have in common', () => {
    expect(groupOf('h2', BULK, false)).toBe('h2/bulk/lasting/resumes/low')
    expect(groupOf('http1', undefined, true)).toBe('http1/new/raised')
    expect([isRaised('http1/new/raised'), isRaised('h2/new/low')]).toEqual([true, false])
  })

  test('every name it makes is one, and nothing else is', () => {
    fc.assert(
      fc.property(fc.string(), fc.string(), fc.boolean(), (alpn, name, raised) => {
        expect(isGroup(groupOf(applicationOf(alpn, name), undefined, raised))).toBe(true)
        expect(isGroup(groupOf(applicationOf(alpn, name), BULK, raised))).toBe(true)
      }),
    )
    for (const text of [
      '*',
      '',
      'h2',
      'h2/new/low/x',
      'h2/huge/lasting/fresh/low',
      'h 2/new/low',
    ]) {
      expect(isGroup(text)).toBe(false)
    }
  })

  test.each([
    [[], 0.5],
    [['rack-7'], 0.5],
    [['bulk'], 1],
    [['small'], 0],
    [['small', 'bulk'], 1],
    [['h2', 'small'], 0.5],
    [['h2', 'bulk', 'lasting'], 1],
  ])('labels %j declare it fit for h2 downloads: %d', (labels, fit) => {
    expect(declaredFit(labels, 'h2/bulk/lasting/resumes/low')).toBe(fit)
  })
})
