import { connect, createServer, type AddressInfo, type Socket } from 'node:net'

/** A way into the front tier that gives a program an address of its own on the loopback. */
export interface Relay {
  readonly port: number
  stop(): Promise<void>
}

/** Passes bytes on as they come, both ways, from `address`: most tools cannot choose theirs. */
export function startRelay(address: string, target: number): Promise<Relay> {
  const sockets = new Set<Socket>()
  const keep = (socket: Socket, other: () => Socket): void => {
    sockets.add(socket)
    socket.on('error', () => other().destroy())
    socket.once('close', () => {
      sockets.delete(socket)
      other().destroy()
    })
  }
  const server = createServer({ allowHalfOpen: true, noDelay: true }, (client) => {
    const front = connect({
      ...{ host: '127.0.0.1', port: target, localAddress: address },
      ...{ allowHalfOpen: true, noDelay: true },
    })
    keep(client, () => front)
    keep(front, () => client)
    client.pipe(front)
    front.pipe(client)
  })
  return new Promise((resolve) => {
    server.listen(0, '127.0.0.1', () => {
      const stop = (): Promise<void> =>
        new Promise((done) => {
          server.close(() => {
            done()
          })
          for (const socket of sockets) socket.destroy()
        })
      resolve({ port: (server.address() as AddressInfo).port, stop })
    })
  })
}
