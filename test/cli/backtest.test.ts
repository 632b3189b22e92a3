import { describe, expect, test } from '@jest/globals'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { atTheEnd } from '../support/endings.ts'
import { temporaryFolder } from '../support/programs.ts'
import { vestibule } from '../support/vestibule.ts'

const folder = temporaryFolder('backtest')
atTheEnd(folder.remove)

function file(name: string, text: string): string {
  const path = join(folder.path, name)
  writeFileSync(path, text)
  return path
}

function failed(second: number, address: string): string {
  const stamp = `2026-11-22T13:34:${String(second).padStart(2, '0')}+00:00`
  return `${stamp} host sshd[${second}]: Failed password for root from ${address} port 4000 ssh2`
}

const log = file(
  'auth.log',
  [1, 2, 3, 4, 5, 6, 7].map((n) => failed(n, n < 3 ? '192.0.2.1' : '192.0.2.2')).join('\n'),
)
const strict = file('strict.yaml', 'ssh: { bands: { medium: 5, high: 10, critical: 15 } }\n')
const own = file('own.yaml', 'ownMachinery: [192.0.2.2]\n')

/** Client and action of each policy, from the lines for machines. */
async function judged(...policies: readonly string[]): Promise<unknown> {
  const done = await vestibule(['backtest', log, '--json', '--policy', ...policies])
  expect(done.stderr).toBe('')
  const lines = done.stdout
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as Line)
  return Object.fromEntries(
    lines.filter(({ kind }) => kind === 'client').map(({ client, would }) => [client, would]),
  )
}

interface Line {
  readonly kind: string
  readonly client: string
  readonly would: unknown
}

describe('backtest --policy', () => {
  test('says what each policy would do with whom', async () => {
    expect(await judged(strict, own)).toEqual({
      '192.0.2.1': { 'strict.yaml': 'terminate', 'own.yaml': 'challenge' },
      '192.0.2.2': { 'strict.yaml': 'terminate', 'own.yaml': 'pass' },
    })
  })

  test('scores nobody who is the first policy’s own machinery', async () => {
    expect(await judged(own)).toEqual({ '192.0.2.1': { 'own.yaml': 'challenge' } })
  })

  test('counts for people', async () => {
    const { stdout } = await vestibule(['backtest', log, '--policy', strict])
    expect(stdout).toContain('strict.yaml: 2 terminate')
  })

  test('refuses one that is broken, with its place', async () => {
    const broken = file('broken.yaml', 'shadow: true\ntls: { treshold: 1 }\n')
    const done = await vestibule(['backtest', log, '--policy', broken])
    expect(done.code).toBe(2)
    expect(done.stderr).toContain(`the policy ${broken} is refused: line 2`)
  })
})
