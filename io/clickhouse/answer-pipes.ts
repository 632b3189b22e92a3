import { execFileSync } from 'node:child_process'
import { closeSync, constants, existsSync, openSync } from 'node:fs'
import { Socket } from 'node:net'
import { join } from 'node:path'

export interface PipeLimits {
  /** Bytes of one answer. */
  readonly answerBytes: number
  /** Bytes of all answers that wait to be sent. */
  readonly heldBytes: number
}

/** One answer on its way out of the engine. */
export interface AnswerPipe {
  /** Where the engine writes to, with INTO OUTFILE and APPEND. */
  readonly path: string
  /** True when the answer was too long: the engine was cut off. */
  readonly overflowed: () => boolean
  /** The engine has ended: resolves with all it wrote, or nothing of an answer that was too long. */
  bytes(): Promise<Uint8Array>
  /** To be called once the answer is sent, or is of no use. */
  close(): void
}

export interface AnswerPipes {
  open(): AnswerPipe
}

/**
 * The engine makes up a whole answer in memory that it does not count. Through a named pipe it gives the
 * answer as it comes, and is stopped when too much has come. `places`: answers at once. Throws when the
 * system has no mkfifo.
 */
export function createAnswerPipes(folder: string, places: number, limits: PipeLimits): AnswerPipes {
  const paths = Array.from({ length: places }, (_, n) => join(folder, `answer-${n}`))
  execFileSync('mkfifo', ['-m', '600', ...paths.filter((path) => !existsSync(path))])
  const free = new Set(paths)
  let held = 0

  return {
    open(): AnswerPipe {
      const [path] = free
      if (path === undefined) throw new Error('more answers at once than places for them')
      free.delete(path)
      const reading = openSync(path, constants.O_RDONLY | constants.O_NONBLOCK)
      // While it is open the answer does not end, though the engine has not begun to write.
      let keeper: number | undefined = openSync(path, constants.O_WRONLY | constants.O_NONBLOCK)
      const socket = new Socket({ fd: reading, readable: true, writable: false })
      const ended = new Promise<void>((resolve) => socket.once('close', resolve))
      let chunks: Buffer[] = []
      let length = 0
      let overflowed = false

      function forget(): void {
        held -= length
        length = 0
        chunks = []
      }

      function release(): void {
        if (keeper !== undefined) closeSync(keeper)
        keeper = undefined
      }

      socket.on('data', (chunk: Buffer) => {
        if (overflowed) return
        length += chunk.length
        held += chunk.length
        chunks.push(chunk)
        if (length <= limits.answerBytes && held <= limits.heldBytes) return
        overflowed = true
        forget()
        // Nobody reads any more: the engine's next write fails, and with it the query.
        socket.destroy()
      })
      socket.on('error', () => undefined)

      return {
        path,
        overflowed: () => overflowed,
        async bytes(): Promise<Uint8Array> {
          release()
          await ended
          return Buffer.concat(chunks)
        },
        close(): void {
          release()
          socket.destroy()
          forget()
          void ended.then(() => free.add(path))
        },
      }
    },
  }
}
