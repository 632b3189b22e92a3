import { connect } from 'node:net'

const TIMEOUT_MS = 2_000
const MOST_BYTES = 4 * 1024 * 1024

/**
 * One command to HAProxy's runtime socket, `/PATH` or `tcp://HOST:PORT`; what it answers. A connection of
 * its own: one that is kept would stay with the worker that a reload replaced.
 */
export function tellHaproxy(socket: string, command: string): Promise<string> {
  const tcp = /^tcp:\/\/(.+):(\d{1,5})$/.exec(socket)
  const to = tcp === null ? { path: socket } : { host: tcp[1] ?? '', port: Number(tcp[2]) }
  return new Promise((resolve, reject) => {
    let answer = ''
    const connection = connect(to)
    const fail = (why: string, cause?: unknown): void => {
      connection.destroy()
      reject(new Error(`${socket}: ${why}`, { cause }))
    }
    connection.setTimeout(TIMEOUT_MS, () => {
      fail('no answer in time')
    })
    connection.once('error', (error: NodeJS.ErrnoException) => {
      fail(error.code ?? error.message, error)
    })
    connection.on('data', (chunk: Buffer) => {
      answer += chunk.toString('latin1')
      if (answer.length > MOST_BYTES) fail('its answer is too long')
    })
    connection.once('end', () => {
      connection.destroy()
      resolve(answer)
    })
    connection.write(command)
  })
}
