import { type Socket } from 'node:net'
import { type Heard } from '../routing-api/loads/follow-loads.ts'

/** One question on a connection of its own. */
export interface Exchange {
  readonly send: string
  /** More than this is a fault. */
  readonly maxBytes: number
  readonly timeoutMs: number
  readonly signal: AbortSignal
  /** True when all that is wanted has come; else the other side's end is awaited. */
  readonly done: (text: string) => boolean
}

/** Sends, reads to the end, and closes; what goes wrong is said in one sentence. */
export function exchange(socket: Socket, about: Exchange): Promise<Heard> {
  const { send, maxBytes, timeoutMs, signal, done } = about
  return new Promise((resolve) => {
    let text = ''
    const finish = (heard: Heard): void => {
      clearTimeout(timer)
      signal.removeEventListener('abort', stop)
      socket.destroy()
      resolve(heard)
    }
    const fail = (message: string): void => {
      finish({ kind: 'fault', message })
    }
    const stop = (): void => {
      fail('we are ending')
    }
    const timer = setTimeout(() => {
      fail(`no whole answer within ${timeoutMs} ms`)
    }, timeoutMs)
    signal.addEventListener('abort', stop)
    socket.setEncoding('latin1')
    socket.on('data', (part: string) => {
      text += part
      if (text.length > maxBytes) fail(`its answer is longer than ${maxBytes} bytes`)
      else if (done(text)) finish({ kind: 'text', text })
    })
    socket.on('end', () => {
      finish({ kind: 'text', text })
    })
    socket.on('error', (error: Error) => {
      fail(error.message)
    })
    if (send !== '') socket.write(send)
  })
}
