import { existsSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { openDataFolder } from '../../io/data-folder.ts'

const MARK = '.vestibule-demonstration'

/**
 * Empties the folder of the last demonstration, so that a second run shows the same. Only a folder that
 * a demonstration made is ever emptied.
 */
export function freshDemoFolder(folder: string): void {
  if (existsSync(folder) && !existsSync(join(folder, MARK)) && readdirSync(folder).length > 0) {
    throw new Error(`${folder} is not a demonstration's folder: choose another with --data`)
  }
  rmSync(folder, { recursive: true, force: true })
  openDataFolder(folder)
  writeFileSync(join(folder, MARK), 'Emptied by the next demonstration.\n')
}
