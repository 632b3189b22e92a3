import { expect, test } from '@jest/globals'
import { existsSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { demoPrefix, freshDemoFolder, lastDemoPrefix } from '../../../cli/up/demo-folder.ts'
import { atTheEnd } from '../../support/endings.ts'
import { temporaryFolder } from '../../support/programs.ts'

const folder = temporaryFolder('demo-folder')
atTheEnd(folder.remove)

test("a demonstration's folder is emptied by the next one", () => {
  const path = join(folder.path, 'demo')
  freshDemoFolder(path)
  writeFileSync(join(path, 'secrets.json'), '{}')
  freshDemoFolder(path)
  expect(existsSync(join(path, 'secrets.json'))).toBe(false)
})

test('a folder of something else is left alone', () => {
  const path = join(folder.path, 'precious')
  freshDemoFolder(path)
  const other = folder.path
  expect(() => {
    freshDemoFolder(other)
  }).toThrow("is not a demonstration's folder: choose another with --data")
})

test('the topics of the last demonstration are known by their prefix, and no others are ever named', () => {
  const path = join(folder.path, 'kafka')
  expect(lastDemoPrefix(path)).toBeUndefined()
  freshDemoFolder(path, demoPrefix(1_795_614_594_466))
  expect(lastDemoPrefix(path)).toBe('vestibule-demo-mww6kgbm-')
  freshDemoFolder(path, 'production-')
  expect(lastDemoPrefix(path)).toBeUndefined()
  writeFileSync(join(path, '.vestibule-demonstration'), 'Emptied.\nproduction-\n')
  expect(lastDemoPrefix(path)).toBeUndefined()
})
