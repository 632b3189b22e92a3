import { connect, type Socket } from 'node:net'

/** What a round of load found; times in milliseconds. */
export interface Round {
  readonly rate: number
  readonly p50: number
  readonly p99: number
  readonly p999: number
}

const CONNECTIONS = 16

/** Every connection sends its next request when it has its answer: the rate is the server's. */
export async function closedLoop(port: number, body: string, forMs: number): Promise<Round> {
  const lines = await open(port, body)
  const times: number[] = []
  const startedAt = performance.now()
  const worker = async (line: Line): Promise<void> => {
    while (performance.now() - startedAt < forMs) {
      const begun = performance.now()
      await line.ask()
      times.push(performance.now() - begun)
    }
  }
  await Promise.all(lines.map(worker))
  for (const line of lines) line.close()
  return summary(times, forMs)
}

/**
 * Requests start by the clock, `perSecond` of them, whatever the server does; one that finds no
 * connection free waits, and its waiting counts (Tene: "coordinated omission").
 */
export async function openLoop(
  port: number,
  body: string,
  perSecond: number,
  forMs: number,
): Promise<Round> {
  const free = [...(await open(port, body)), ...(await open(port, body))]
  const lines = [...free]
  const due: number[] = []
  const times: number[] = []
  const total = Math.floor((perSecond * forMs) / 1000)
  const startedAt = performance.now()
  await new Promise<void>((resolve) => {
    let scheduled = 0
    const serve = (): void => {
      for (let line = free.pop(); line !== undefined; line = free.pop()) {
        const at = due.shift()
        if (at === undefined) {
          free.push(line)
          return
        }
        const used = line
        void used.ask().then(() => {
          times.push(performance.now() - at)
          free.push(used)
          if (times.length === total) resolve()
          else serve()
        })
      }
    }
    const tick = (): void => {
      for (; scheduled < total; scheduled += 1) {
        const at = startedAt + (scheduled * 1000) / perSecond
        if (at > performance.now()) break
        due.push(at)
      }
      serve()
      if (scheduled < total) setImmediate(tick)
    }
    tick()
  })
  for (const line of lines) line.close()
  return summary(times, forMs)
}

/** One kept-alive connection; `ask` sends the same bytes and resolves with the whole answer. */
interface Line {
  ask(): Promise<void>
  close(): void
}

function open(port: number, body: string): Promise<readonly Line[]> {
  const head =
    'POST /v1/handshakes HTTP/1.1\r\nhost: 127.0.0.1\r\ncontent-type: application/json\r\n'
  const bytes = Buffer.from(`${head}content-length: ${Buffer.byteLength(body)}\r\n\r\n${body}`)
  return Promise.all(
    Array.from({ length: CONNECTIONS }, async () => {
      const socket = await connected(port)
      return lineOn(socket, bytes)
    }),
  )
}

function connected(port: number): Promise<Socket> {
  return new Promise((resolve, reject) => {
    const socket = connect(port, '127.0.0.1', () => {
      resolve(socket.setNoDelay())
    })
    socket.once('error', reject)
  })
}

function lineOn(socket: Socket, bytes: Buffer): Line {
  let arrived: Buffer = Buffer.alloc(0)
  let done: () => void = () => undefined
  socket.on('data', (chunk: Buffer) => {
    arrived = arrived.length === 0 ? chunk : Buffer.concat([arrived, chunk])
    const end = arrived.indexOf('\r\n\r\n')
    if (end < 0) return
    const length = /content-length: (\d+)/i.exec(arrived.toString('latin1', 0, end))?.[1]
    if (arrived.length < end + 4 + Number(length)) return
    if (arrived[9] !== 0x32) throw new Error(`refused: ${arrived.toString('latin1')}`)
    arrived = Buffer.alloc(0)
    done()
  })
  return {
    ask: () =>
      new Promise((resolve) => {
        done = resolve
        socket.write(bytes)
      }),
    close: () => {
      socket.destroy()
    },
  }
}

function summary(times: number[], forMs: number): Round {
  times.sort((a, b) => a - b)
  const at = (share: number): number =>
    Math.round((times[Math.floor(times.length * share)] ?? 0) * 1000) / 1000
  const rate = Math.round((times.length / forMs) * 1000)
  return { rate, p50: at(0.5), p99: at(0.99), p999: at(0.999) }
}
