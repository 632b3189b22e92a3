import { describe, expect, test } from '@jest/globals'
import { chmodSync, mkdirSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { openDataFolder } from '../../io/data-folder.ts'
import { atTheEnd } from '../support/endings.ts'
import { temporaryFolder } from '../support/programs.ts'

const { path: parent, remove } = temporaryFolder('data-folder')
atTheEnd(remove)

/** Root's ClickHouse must be able to pass through once it is root no more. */
const PRIVATE = process.geteuid?.() === 0 ? '751' : '750'

function rights(path: string): string {
  return (statSync(path).mode & 0o777).toString(8)
}

function folder(name: string, mode: number, files: readonly string[] = []): string {
  const path = join(parent, name)
  mkdirSync(path)
  for (const file of files) writeFileSync(join(path, file), '')
  chmodSync(path, mode)
  return path
}

describe('the data folder', () => {
  test('is made for its owner, and its group to look', () => {
    const path = join(parent, 'made')
    openDataFolder(path)
    expect(rights(path)).toBe(PRIVATE)
  })

  test('of an older version is closed at the next start, its logs too', () => {
    const path = folder('older', 0o755, ['secrets.json', 'follow-1.json'])
    mkdirSync(join(path, 'logs'), { mode: 0o755 })
    openDataFolder(path)
    expect([rights(path), rights(join(path, 'logs'))]).toEqual([PRIVATE, '750'])
  })

  test('is never opened wider than it is', () => {
    const path = folder('closed', 0o700)
    openDataFolder(path)
    expect(rights(path)).toBe('700')
  })

  test('stays as it is where other things lie in it', () => {
    const path = folder('shared', 0o1777, ['secrets.json', 'somebody-elses'])
    openDataFolder(path)
    expect(rights(path)).toBe('777')
  })
})
