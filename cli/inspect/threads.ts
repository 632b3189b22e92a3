import { open } from 'node:fs/promises'
import { availableParallelism } from 'node:os'
import { isGzip } from '../../io/capture/gunzipped.ts'

/** A thread has started, and paid for, in the time that one takes for so much of a file. */
const WORTH_THREADS = 16 << 20
/** Each thread walks over all packets: more than these gain nothing. */
const MOST_THREADS = 8

/** How many threads to inspect a file with, and how much of it there is. */
export interface Threads {
  readonly threads: number
  readonly size: number
}

/**
 * As many as `wanted`, by default as many as there are cores when the file is large; one for a
 * stream, and for compressed files, which can only be read once.
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
    const usual = stat.size < WORTH_THREADS ? 1 : Math.min(availableParallelism(), MOST_THREADS)
    return { threads: wanted ?? usual, size: stat.size }
  } finally {
    await file.close()
  }
}
