import { accessSync, constants, mkdtempSync, rmSync } from 'node:fs'
import { delimiter, join } from 'node:path'
import { tmpdir } from 'node:os'

const ALSO_LOOKED_IN = ['/usr/sbin', '/sbin']

/** The absolute path of a program on the PATH or among the system's own, or undefined when it is not installed. */
export function findProgram(name: string): string | undefined {
  const folders = [...(process.env['PATH'] ?? '').split(delimiter), ...ALSO_LOOKED_IN]
  return folders.map((folder) => join(folder, name)).find(isExecutable)
}

/**
 * Whether every named program is there. What is absent is said on stderr, so that a test that is left out is seen to be;
 * under CI=true nothing may be left out, and it throws instead.
 */
export function hasPrograms(...names: readonly string[]): boolean {
  const absent = names.filter((name) => findProgram(name) === undefined)
  if (absent.length === 0) return true
  const sentence = `not installed: ${absent.join(', ')} (run 'make setup-test')`
  if (process.env['CI'] === 'true') throw new Error(sentence)
  process.stderr.write(`tests left out, ${sentence}\n`)
  return false
}

/** A new empty folder below the system's temp folder, and the call that removes it with all it holds. */
export function temporaryFolder(purpose: string): { path: string; remove: () => void } {
  const path = mkdtempSync(join(tmpdir(), `vestibule-${purpose}-`))
  return {
    path,
    remove: () => {
      // A program that is just ending may write once more.
      rmSync(path, { recursive: true, force: true, maxRetries: 10, retryDelay: 50 })
    },
  }
}

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK)
    return true
  } catch {
    return false
  }
}
