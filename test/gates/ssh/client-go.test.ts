import { afterAll, describe, expect, test } from '@jest/globals'
import { execFileSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { findGo, hasGo } from '../../support/go.ts'
import { temporaryFolder } from '../../support/programs.ts'

const SOURCE = join(import.meta.dirname, '../../../gates/ssh/client-go')
const folder = temporaryFolder('client-go')
afterAll(() => {
  folder.remove()
})

function go(words: readonly string[], env: Readonly<Record<string, string>> = {}): string {
  const options = { cwd: SOURCE, encoding: 'utf8', env: { ...process.env, ...env } } as const
  return execFileSync(findGo() ?? 'go', [...words], options)
}

const describeWithGo = hasGo() ? describe : describe.skip

describeWithGo('vestibule-connect (Go)', () => {
  test('agrees with the test vectors and holds its bounds, with and without crypto/ecdh', () => {
    expect(go(['test', './...'])).toMatch(/^ok /)
    expect(go(['test', '-tags', 'x25519big', './...'])).toMatch(/^ok /)
  }, 240_000)

  test.each(['linux', 'darwin', 'windows'])(
    'is vetted and builds as one static program for %s',
    (system) => {
      const env = { GOOS: system, CGO_ENABLED: '0' }
      go(['vet', './...'], env)
      const program = join(folder.path, system)
      go(['build', '-trimpath', '-ldflags=-s -w', '-o', program, '.'], env)
      const magic = readFileSync(program).subarray(0, 2).toString('hex')
      expect(magic).toBe({ linux: '7f45', darwin: 'cffa', windows: '4d5a' }[system])
    },
    240_000,
  )

  test('needs nothing but the standard library', () => {
    expect(readFileSync(join(SOURCE, 'go.mod'), 'utf8')).not.toContain('require')
  })
})
