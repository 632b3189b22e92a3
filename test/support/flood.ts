import { connect, type Socket } from 'node:net'

/** Connections that never get to their key exchange. */
export interface Flood {
  /** Those the gate has not ended. */
  open(): number
  /** Every connection that the gate ended is made again, until the flood is stopped. */
  stop(): void
}

/** What a connection of the flood does: nothing; says a byte now and then; begins a packet and never ends it. */
const HABITS = ['silent', 'slow', 'unfinished'] as const
const TRICKLE_MS = 500
const AGAIN_PER_S = 200

/**
 * Opens so many connections from loopback addresses of their own, at most 40 from each, and keeps them open. Resolves when
 * all are connected once.
 */
export async function flood(port: number, count: number): Promise<Flood> {
  const sockets = new Set<Socket>()
  let made = 0
  const ended: number[] = []
  // So many a second: the machine is the gate's too, and a storm of connects is another attack.
  const again = setInterval(() => {
    for (const n of ended.splice(0, AGAIN_PER_S / 10)) void open(n)
  }, 100)

  function open(n: number): Promise<void> {
    const source = 2 + Math.floor(n / 40)
    const localAddress = `127.9.${source >> 8}.${source & 255}`
    return new Promise((resolve) => {
      const socket = connect({ port, host: '127.0.0.1', localAddress })
      const trickle = setInterval(() => socket.write('x'), TRICKLE_MS)
      const habit = HABITS[n % HABITS.length]
      if (habit !== 'slow') clearInterval(trickle)
      socket.on('error', () => undefined)
      socket.resume()
      socket.once('connect', () => {
        made += 1
        sockets.add(socket)
        if (habit === 'slow') socket.write('SSH-2.0-')
        // A KEXINIT of 30,000 bytes is announced, and its first bytes come.
        if (habit === 'unfinished')
          socket.write(Buffer.from('SSH-2.0-x\r\n\0\0\u0075\u0034\u0004\u0014', 'latin1'))
        resolve()
      })
      socket.once('close', () => {
        clearInterval(trickle)
        sockets.delete(socket)
        resolve()
        ended.push(n)
      })
    })
  }

  for (let n = 0; n < count; n += 200) {
    await Promise.all(Array.from({ length: Math.min(200, count - n) }, (_, i) => open(n + i)))
  }
  if (made === 0) throw new Error('no connection of the flood was taken')
  return {
    open: () => sockets.size,
    stop: () => {
      clearInterval(again)
      for (const socket of sockets) socket.destroy()
    },
  }
}
