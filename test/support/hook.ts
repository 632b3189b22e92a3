import { once } from 'node:events'
import { createServer, type IncomingHttpHeaders } from 'node:http'
import { type AddressInfo } from 'node:net'

/** A webhook's receiver on the loopback. */
export interface Hook {
  readonly url: string
  readonly asked: readonly { readonly headers: IncomingHttpHeaders; readonly body: string }[]
  readonly stop: () => void
}

/** Answers with the statuses, one after the other, then 200; `silent` never answers. */
export async function startHook(statuses: readonly (number | 'silent')[] = []): Promise<Hook> {
  const asked: { headers: IncomingHttpHeaders; body: string }[] = []
  const server = createServer((request, response) => {
    let body = ''
    request.on('data', (part: Buffer) => (body += part.toString()))
    request.on('end', () => {
      const status = statuses[asked.length] ?? 200
      asked.push({ headers: request.headers, body })
      if (status !== 'silent') response.writeHead(status, { location: '/elsewhere' }).end('x')
    })
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/hook`,
    asked,
    stop: () => {
      server.close()
      server.closeAllConnections()
    },
  }
}
