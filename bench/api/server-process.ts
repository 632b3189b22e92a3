import { mkdtempSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Readable } from 'node:stream'
import { createServer, type Server } from 'node:http'
import { slowHash } from '../../io/slow-hash.ts'
import { challengeKeysOf } from '../../io/challenge-keys.ts'
import { freshId } from '../../io/fresh-id.ts'
import { keyRing } from '../../io/http/api-keys.ts'
import { createHttpServer } from '../../io/http/server.ts'
import { createMetrics } from '../../io/metrics.ts'
import { openSecrets } from '../../io/secrets.ts'
import { singleObjectCodec } from '../../lib/codec/single-object.ts'
import { SILENT } from '../../lib/logger.ts'
import { CLEAR_ADDRESSES } from '../../lib/pseudonym.ts'
import { buildApi } from '../../routing-api/build-api.ts'
import { ROUTES } from '../../routing-api/routes/table.ts'

/**
 * The server of the bench, a process of its own so that its rate is its own: `api`, or `bare ANSWER`,
 * which parses the same request, stringifies the same answer, and does nothing else.
 */
function main(): void {
  const [kind, answer] = process.argv.slice(2)
  const server = kind === 'api' ? apiServer() : bareServer(JSON.parse(answer ?? 'null'))
  server.listen(0, '127.0.0.1', () => {
    const address = server.address()
    if (address !== null && typeof address === 'object') process.send?.(address.port)
  })
  process.on('message', () => process.send?.(process.cpuUsage()))
  process.on('disconnect', () => process.exit(0))
}

function apiServer(): Server {
  const metrics = createMetrics()
  const { api, outbox } = buildApi({
    log: { append: () => Promise.resolve(), follow: () => Readable.from([]) },
    codec: singleObjectCodec(),
    metrics,
    logger: SILENT,
    site: 'bench',
    challengeKeys: challengeKeysOf(openSecrets(mkdtempSync(join(tmpdir(), 'bench-api-')))),
    slowHash: slowHash(),
    addresses: CLEAR_ADDRESSES,
    now: Date.now,
    monotonic: () => performance.now(),
    random: Math.random,
    freshId,
    key: 'bench',
    sleep: (ms) => new Promise((resolve) => setTimeout(resolve, ms)),
  })
  api.state.caughtUp(Date.now())
  void outbox.run(new AbortController().signal)
  return createHttpServer({ routes: ROUTES, api, logger: SILENT, metrics, keys: keyRing([]) })
}

function bareServer(answer: unknown): Server {
  return createServer((incoming, response) => {
    const chunks: Buffer[] = []
    incoming.on('data', (chunk: Buffer) => chunks.push(chunk))
    incoming.on('end', () => {
      JSON.parse(Buffer.concat(chunks).toString('utf8'))
      const text = JSON.stringify(answer)
      response.writeHead(200, {
        'content-type': 'application/json',
        'content-length': Buffer.byteLength(text),
      })
      response.end(text)
    })
  })
}

main()
