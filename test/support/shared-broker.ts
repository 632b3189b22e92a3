import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { createServer, type Server } from 'node:http'
import { join } from 'node:path'
import { createInterface } from 'node:readline'

const SCRIPT = join(import.meta.dirname, 'broker-process.ts')

let child: ChildProcess | undefined
let server: Server | undefined
let starting: Promise<string> | undefined

/**
 * One Kafka broker for a whole run of tests, started by the first that asks for it. It belongs to the
 * process that runs the tests and ends with it, whatever ends that.
 */
export async function offerSharedBroker(): Promise<void> {
  server = createServer((_request, response) => {
    starting ??= start()
    starting.then(
      (line) => response.end(line),
      (error: unknown) => response.writeHead(503).end(String(error)),
    )
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  server.unref()
  const address = server.address()
  if (typeof address !== 'object' || address === null) throw new Error('no port')
  process.env['VESTIBULE_TEST_BROKER'] = `http://127.0.0.1:${address.port}`
}

/** Its first line, which says in JSON where it serves. */
async function start(): Promise<string> {
  const script = spawn(process.execPath, ['--disable-warning=ExperimentalWarning', SCRIPT], {
    stdio: ['pipe', 'pipe', 'inherit'],
  })
  child = script
  for await (const line of createInterface({ input: script.stdout })) return line
  throw new Error('the broker did not start')
}

export async function endSharedBroker(): Promise<void> {
  server?.closeAllConnections()
  server?.close()
  if (child?.exitCode !== null) return
  const gone = once(child, 'exit')
  child.stdin?.end()
  await gone
}
