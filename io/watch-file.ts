import { readFile, stat } from 'node:fs/promises'
import { sleep } from './sleep.ts'

const EVERY_MS = 400

/**
 * The text of a file now and after every change, until the signal aborts. It looks instead of
 * listening: editors replace files and network folders send no events. A file that is away yields
 * nothing until it is back.
 */
export async function* watchFile(path: string, signal: AbortSignal): AsyncGenerator<string> {
  let seen = ''
  while (!signal.aborted) {
    const found = await look(path, seen)
    if (found !== undefined) {
      seen = found.mark
      yield found.text
    }
    await sleep(EVERY_MS, signal)
  }
}

async function look(
  path: string,
  seen: string,
): Promise<{ readonly mark: string; readonly text: string } | undefined> {
  try {
    const { mtimeMs, size, ino } = await stat(path)
    const mark = `${mtimeMs}/${size}/${ino}`
    return mark === seen ? undefined : { mark, text: await readFile(path, 'utf8') }
  } catch (error) {
    if (isMissing(error)) return undefined
    throw error
  }
}

function isMissing(error: unknown): boolean {
  return error !== null && typeof error === 'object' && 'code' in error && error.code === 'ENOENT'
}
