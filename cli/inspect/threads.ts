import { open } from 'node:fs/promises'
import { isGzip } from '../../io/capture/gunzipped.ts'

/** How many threads to inspect a file with, and how much of it there is. */
export interface Threads {
  readonly threads: number
  readonly size: number
}

/**
 * As many as `wanted`, one by default: on two cores two threads took longer than one, whose garbage
 * collector and compiler use the second core already (docs/decisions/0007). One for a stream, and for
 * compressed files, which can only be read once.
 */
export async function threadsFor(path: string, wanted: number | undefined): Promise<Threads> {
  const one = { threads: 1, size: 0 }
  if (path === '-') return one
  // What is wrong with the file is said by whoever reads it.
  const file = await open(path).catch(() => undefined)
  if (file === undefined) return one
  try {
    const stat = await file.stat()
    const head = new Uint8Array(2)
    if (!stat.isFile() || (await file.read(head, 0, 2, 0)).bytesRead < 2 || isGzip(head)) return one
    return { threads: wanted ?? 1, size: stat.size }
  } finally {
    await file.close()
  }
}
