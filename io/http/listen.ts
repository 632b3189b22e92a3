import { type Server } from 'node:http'
import { type AddressInfo } from 'node:net'

/** Grace for answers in hand when the server is closed, milliseconds. */
const GRACE_MS = 1_000

/** Listens and gives the port; a fault of the address is one sentence for people. */
export function listen(server: Server, host: string, port: number): Promise<number> {
  return new Promise((resolve, reject) => {
    server.once('error', (error: NodeJS.ErrnoException) => {
      reject(new Error(`cannot listen on ${host}:${port}: ${sentence(error)}`, { cause: error }))
    })
    server.listen(port, host, () => {
      const bound = server.address()
      resolve(isAddress(bound) ? bound.port : port)
    })
  })
}

/** Stops taking requests, finishes those in hand, and closes what is left after a second. */
export function close(server: Server): Promise<void> {
  return new Promise((resolve) => {
    const late = setTimeout(() => {
      server.closeAllConnections()
    }, GRACE_MS)
    server.close(() => {
      clearTimeout(late)
      resolve()
    })
    server.closeIdleConnections()
  })
}

function isAddress(bound: AddressInfo | string | null): bound is AddressInfo {
  return bound !== null && typeof bound === 'object'
}

const SENTENCES: ReadonlyMap<string, string> = new Map([
  ['EADDRINUSE', 'the port is taken; stop what listens there or set VESTIBULE_API_PORT'],
  ['EACCES', 'not permitted; ports below 1024 need CAP_NET_BIND_SERVICE'],
  ['EADDRNOTAVAIL', 'this machine has no such address'],
])

function sentence(error: NodeJS.ErrnoException): string {
  return SENTENCES.get(error.code ?? '') ?? error.message
}
