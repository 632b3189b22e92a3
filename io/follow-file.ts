import { open, stat, type FileHandle } from 'node:fs/promises'
import { setTimeout as pause } from 'node:timers/promises'

/** How far a file was read: the place to go on from after a restart. */
export interface FilePlace {
  readonly inode: number
  /** Bytes up to the end of the last line given. */
  readonly offset: number
  /** Where to read again from, to know what lines before `offset` began; absent: from `offset`. */
  readonly since?: number | undefined
}

export interface FollowedLine {
  readonly text: string
  /** Bytes before it in its file. */
  readonly at: number
}

export interface FollowedLines {
  readonly lines: readonly FollowedLine[]
  /** Lines left out because they had no end within `MOST_BYTES`. */
  readonly cut: number
  readonly place: FilePlace
}

export interface FollowFileOptions {
  readonly path: string
  /** Where to begin; a place in a file that was rotated away since means the start of the new one. */
  readonly from: 'start' | 'end' | FilePlace
  readonly signal: AbortSignal
  /** Milliseconds between looks at a quiet file. */
  readonly pollMs?: number
}

const READ_BYTES = 64 * 1024
const MOST_BYTES = 64 * 1024
const NEWLINE = 0x0a

/**
 * The lines of a growing file, in order, until the signal aborts: through rotation by renaming (the
 * old file is read to its end first), through truncation, and while there is no file at all. Polls,
 * for that works on every file system.
 */
export async function* followFile(
  options: FollowFileOptions,
): AsyncGenerator<FollowedLines, void, undefined> {
  const { path, signal, pollMs = 200 } = options
  let from = options.from
  while (!signal.aborted) {
    const handle = await opened(path)
    if (handle === undefined) {
      // What appears where nothing was is read from its start.
      if (from === 'end') from = 'start'
      await rest(pollMs, signal)
      continue
    }
    try {
      yield* readUntilReplaced(handle, path, from, signal, pollMs)
    } finally {
      await handle.close()
    }
    from = 'start'
  }
}

async function* readUntilReplaced(
  handle: FileHandle,
  path: string,
  from: FollowFileOptions['from'],
  signal: AbortSignal,
  pollMs: number,
): AsyncGenerator<FollowedLines, void, undefined> {
  const { ino: inode, size } = await handle.stat()
  let at = startOf(from, inode, size)
  let carry: Buffer = Buffer.alloc(0)
  let cut = 0
  /** Within a line that was left out: what follows in it must not pass for a line of its own. */
  let leavingOut = false
  let replaced = false
  const buffer = Buffer.alloc(READ_BYTES)
  while (!signal.aborted) {
    const { bytesRead } = await handle.read(buffer, 0, READ_BYTES, at)
    if (bytesRead > 0) {
      const begin = at - carry.length
      at += bytesRead
      const bytes = Buffer.concat([carry, buffer.subarray(0, bytesRead)])
      const taken = takeLines(bytes, begin, leavingOut)
      carry = taken.carry
      if (taken.leavingOut && !leavingOut) cut += 1
      leavingOut = taken.leavingOut
      const place = { inode, offset: at - carry.length }
      if (taken.lines.length > 0) {
        yield { lines: taken.lines, cut, place }
        cut = 0
      }
      continue
    }
    if (replaced) return
    if ((await handle.stat()).size < at) {
      at = 0
      carry = Buffer.alloc(0)
      leavingOut = false
      continue
    }
    // One more read after it was replaced: its writer may have written until the rename.
    replaced = await isReplaced(path, inode)
    if (!replaced) await rest(pollMs, signal)
  }
}

function startOf(from: FollowFileOptions['from'], inode: number, size: number): number {
  if (from === 'start') return 0
  if (from === 'end') return size
  if (from.inode !== inode || from.offset > size) return 0
  return Math.min(from.since ?? from.offset, from.offset)
}

function takeLines(
  bytes: Buffer,
  begin: number,
  leavingOut: boolean,
): { lines: FollowedLine[]; carry: Buffer; leavingOut: boolean } {
  const lines: FollowedLine[] = []
  let start = leavingOut ? lineAfter(bytes) : 0
  for (let end = bytes.indexOf(NEWLINE, start); end >= 0; end = bytes.indexOf(NEWLINE, start)) {
    lines.push({ text: bytes.toString('utf8', start, end), at: begin + start })
    start = end + 1
  }
  const carry = Buffer.from(bytes.subarray(start))
  const goesOn = leavingOut && !bytes.includes(NEWLINE)
  return carry.length > MOST_BYTES || goesOn
    ? { lines, carry: Buffer.alloc(0), leavingOut: true }
    : { lines, carry, leavingOut: false }
}

function lineAfter(bytes: Buffer): number {
  const end = bytes.indexOf(NEWLINE)
  return end < 0 ? bytes.length : end + 1
}

async function isReplaced(path: string, inode: number): Promise<boolean> {
  try {
    return (await stat(path)).ino !== inode
  } catch (error) {
    if (isMissing(error)) return false
    throw error
  }
}

async function opened(path: string): Promise<FileHandle | undefined> {
  try {
    return await open(path, 'r')
  } catch (error) {
    if (isMissing(error)) return undefined
    throw new Error(`cannot read ${path}: ${error instanceof Error ? error.message : ''}`, {
      cause: error,
    })
  }
}

function isMissing(error: unknown): boolean {
  return typeof error === 'object' && error !== null && 'code' in error && error.code === 'ENOENT'
}

async function rest(ms: number, signal: AbortSignal): Promise<void> {
  await pause(ms, undefined, { signal }).catch((error: unknown) => {
    if (!signal.aborted) throw error
  })
}
