import { describe, expect, test } from '@jest/globals'
import { spawnSync } from 'node:child_process'
import { join } from 'node:path'
import { hasPrograms } from '../support/programs.ts'
import { run } from '../support/run.ts'

const DEMO = join(import.meta.dirname, '../../scripts/demo-ssh.ts')
const SECONDS = '10'

function mayHaveOwnNetwork(): boolean {
  if (!hasPrograms('sshd', 'ssh', 'rsync', 'hydra', 'ip', 'unshare')) return false
  if (spawnSync('unshare', ['--net', 'true']).status === 0) return true
  process.stderr.write('tests left out: no right to a network namespace (root is needed)\n')
  if (process.env['CI'] === 'true') throw new Error('no right to a network namespace')
  return false
}

;(mayHaveOwnNetwork() ? describe : describe.skip)('the demonstration of the SSH gate', () => {
  test('ordinary users log in, hydra is heard a few times and then turned away', async () => {
    const ran = await run(process.execPath, ['--disable-warning=ExperimentalWarning', DEMO], {
      env: { DEMO_SECONDS: SECONDS },
      timeoutMs: 100_000,
    })
    expect([ran.code, ran.stderr]).toEqual([0, ''])
    const last = ran.stdout
      .split('\n')
      .slice(ran.stdout.split('\n').findLastIndex((line) => line.includes('wrong passwords')))
    const row = (name: string): readonly string[] =>
      last
        .find((line) => line.startsWith(name))
        ?.slice(name.length)
        .trim()
        .split(/\s+/) ?? []
    // From, risk, band, logged in, asked more, refused, wrong passwords.
    const [anna, hydra] = [row('anna (ssh)'), row('hydra')]
    expect(anna[2]).toBe('low')
    expect(Number(anna[3])).toBeGreaterThan(0)
    expect(anna[5]).toBe('0')
    expect(Number(hydra[6])).toBeGreaterThan(0)
    expect(Number(hydra[6])).toBeLessThan(100)
    expect(hydra[3]).toBe('0')
    expect(ran.stdout).toMatch(/\d+ connections of refused sources were turned away/)
  }, 120_000)
})
