import { existsSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { openDataFolder } from '../../io/data-folder.ts'

const MARK = '.vestibule-demonstration'
const SAYS = 'Emptied by the next demonstration.'
const PREFIX = /^vestibule-demo-[0-9a-z]{1,16}-$/

/** What a demonstration's topics on Kafka begin with, so that each has its own, as it has its own folder. */
export function demoPrefix(nowMs: number): string {
  return `vestibule-demo-${nowMs.toString(36)}-`
}

/** What the topics of the folder's last demonstration began with; undefined when it was none, or not on Kafka. */
export function lastDemoPrefix(folder: string): string | undefined {
  const mark = join(folder, MARK)
  if (!existsSync(mark)) return undefined
  return readFileSync(mark, 'utf8')
    .split('\n')
    .find((line) => PREFIX.test(line))
}

/**
 * Empties the folder of the last demonstration, so that a second run shows the same. Only a folder that
 * a demonstration made is ever emptied. `prefix` is remembered as that of its topics.
 */
export function freshDemoFolder(folder: string, prefix = ''): void {
  if (existsSync(folder) && !existsSync(join(folder, MARK)) && readdirSync(folder).length > 0) {
    throw new Error(`${folder} is not a demonstration's folder: choose another with --data`)
  }
  rmSync(folder, { recursive: true, force: true })
  openDataFolder(folder)
  writeFileSync(join(folder, MARK), `${SAYS}\n${PREFIX.test(prefix) ? `${prefix}\n` : ''}`)
}
