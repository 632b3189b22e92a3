import { describe, expect, test } from '@jest/globals'
import { readFileSync } from 'node:fs'
import { parsePolicy } from '../../../routing-api/policy/parse-policy.ts'
import { PolicyHistory } from '../../../routing-api/policy/policy-history.ts'
import { control } from '../decisions/fixtures.ts'

describe('the policy file', () => {
  test('the one that is shipped is in shadow, at 0.75 and 30/70/90', () => {
    const text = readFileSync('routing-api/policy/default-policy.yaml', 'utf8')
    const parsed = parsePolicy(text)
    expect(parsed).toMatchObject({
      kind: 'policy',
      policy: {
        shadow: true,
        tls: { threshold: 0.75 },
        ssh: { bands: { medium: 30, high: 70, critical: 90 } },
        failStatic: { pool: 'primary', action: 'pass', staleAfterS: 300 },
      },
    })
  })

  test.each([
    ['an unknown setting', 'shadow: true\ntlss: {}\n', 'line 2: tlss: Unrecognized key: "tlss"'],
    [
      'a wrong type',
      'shadow: maybe\n',
      'line 1: shadow: Invalid input: expected boolean, received string',
    ],
    [
      'a threshold off the scale',
      'tls:\n  threshold: 7\n',
      'line 2: tls.threshold: Too big: expected number to be <=1',
    ],
    [
      'bands that do not rise',
      'ssh:\n  bands: { medium: 80, high: 70 }\n',
      'line 2: ssh.bands: must rise: medium < high < critical',
    ],
    [
      'no prefix',
      'ownMachinery:\n  - 10.0.0.0/8\n  - nonsense\n',
      'line 3: ownMachinery.1: is not an address or CIDR',
    ],
    ['a key told twice', 'shadow: true\nshadow: false\n', 'line 2: Map keys must be unique'],
    [
      'broken YAML',
      'servers: [\n',
      'line 2: Flow sequence in block collection must be sufficiently indented and end with a ]',
    ],
    [
      'an alias without its anchor',
      'servers: *typo\n',
      'Unresolved alias (the anchor must be set before the alias): typo',
    ],
    [
      'a bomb of aliases',
      ['a: &a [x]', 'b: &b [*a,*a,*a,*a,*a,*a,*a,*a,*a,*a]', 'c: &c [*b,*b,*b,*b,*b,*b,*b,*b]']
        .concat('d: [*c,*c,*c,*c,*c]')
        .join('\n'),
      'Excessive alias count indicates a resource exhaustion attack',
    ],
    ['a list', '- 1\n', 'policy: Invalid input: expected object, received array'],
  ])('%s is refused with one sentence', (_name, text, message) => {
    expect(parsePolicy(text)).toMatchObject({ kind: 'fault', message })
  })

  test('comments and order of keys do not make another version', () => {
    const hash = (text: string): string => {
      const parsed = parsePolicy(text)
      return parsed.kind === 'policy' ? parsed.hash : parsed.message
    }
    expect(hash('# a\nshadow: false\ntls: {threshold: 0.5}\n')).toBe(
      hash('tls:\n  threshold: 0.5\nshadow: false\n'),
    )
    expect(hash('shadow: false')).not.toBe(hash('shadow: true'))
  })
})

describe('versions of the policy', () => {
  test('the newest is in force, a broken one is refused, an older counter changes nothing', () => {
    const history = new PolicyHistory()
    expect(history.active.counter).toBe(0)
    expect(history.apply(control('policy', '1-a', { body: 'shadow: true' }))).toBeUndefined()
    expect(history.apply(control('policy', '2-b', { body: 'shadow: false' }))).toBeUndefined()
    expect(history.apply(control('policy', '3-c', { body: 'shadow: [' }))).toMatch(/^line 1/)
    expect(history.apply(control('policy', '1-a', { body: 'shadow: true' }))).toBeUndefined()
    expect(history.active).toMatchObject({ counter: 2, settings: { shadow: false } })
    expect(history.versions.map(({ counter }) => counter)).toEqual([2, 1])
  })
})
