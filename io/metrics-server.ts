import { createServer } from 'node:http'
import { type AddressInfo } from 'node:net'

/**
 * Serves /metrics on 127.0.0.1 until the signal aborts; port 0 serves nothing. Answers the port.
 * Rejects with a sentence when the port is taken.
 */
export async function serveMetrics(
  port: number,
  text: () => Promise<string>,
  signal: AbortSignal,
): Promise<number | undefined> {
  if (port === 0) return undefined
  const server = createServer((request, response) => {
    if (request.url !== '/metrics') {
      response.writeHead(404).end()
      return
    }
    void text().then((body) => {
      response.writeHead(200, { 'content-type': 'text/plain; version=0.0.4; charset=utf-8' })
      response.end(body)
    })
  })
  await new Promise<void>((resolve, reject) => {
    server.once('error', (cause) => {
      reject(
        new Error(
          `metrics cannot be served on port ${port}: it is taken; choose another with --metrics-port`,
          { cause },
        ),
      )
    })
    server.listen(port, '127.0.0.1', resolve)
  })
  signal.addEventListener('abort', () => {
    server.close()
    server.closeAllConnections()
  })
  return (server.address() as AddressInfo).port
}
