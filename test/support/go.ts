import { existsSync } from 'node:fs'
import { findProgram } from './programs.ts'

/** Where the Go distribution's own installer puts it, which is not always on the PATH. */
const INSTALLED = '/usr/local/go/bin/go'

/** The Go command: on the PATH or where its own installer puts it. */
export function findGo(): string | undefined {
  return findProgram('go') ?? (existsSync(INSTALLED) ? INSTALLED : undefined)
}

/** Whether Go is there; its absence is said as `hasPrograms` says it, and fails in CI. */
export function hasGo(): boolean {
  if (findGo() !== undefined) return true
  const sentence = "not installed: go (run 'make setup-test')"
  if (process.env['CI'] === 'true') throw new Error(sentence)
  process.stderr.write(`tests left out, ${sentence}\n`)
  return false
}
