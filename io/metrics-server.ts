import { createServer } from 'node:http'
import { type AddressInfo } from 'node:net'
import { createMetrics, type ReadableMetrics } from './metrics.ts'

export interface MetricsPlace {
  readonly metricsHost: string
  /** 0 serves nothing. */
  readonly metricsPort: number
}

/**
 * Serves /metrics until the signal aborts. Answers the port.
 * Rejects with a sentence when the port is taken.
 */
export async function serveMetrics(
  { metricsHost, metricsPort: port }: MetricsPlace,
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
          `metrics cannot be served on ${metricsHost}:${port}: it is taken, or not of this machine; choose another with --metrics-port`,
          { cause },
        ),
      )
    })
    server.listen(port, metricsHost, resolve)
  })
  signal.addEventListener('abort', () => {
    server.close()
    server.closeAllConnections()
  })
  return (server.address() as AddressInfo).port
}

/** Metrics of a service, served where its settings say. */
export async function openMetrics(
  place: MetricsPlace,
  signal: AbortSignal,
): Promise<ReadableMetrics> {
  const metrics = createMetrics()
  await serveMetrics(place, () => metrics.text(), signal)
  return metrics
}
