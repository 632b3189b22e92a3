/**
 * `npm run kafka [-- --port 9092]`: a real broker for people without Docker, its data in a temporary
 * folder, until Ctrl-C (or the end of standard input with --until-eof, for who starts it as a child).
 */
import { execFileSync } from 'node:child_process'
import { mkdtempSync } from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { removeBroker, startBroker } from './broker.ts'

const { values } = parseArgs({
  options: { port: { type: 'string' }, 'until-eof': { type: 'boolean' } },
})

function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer().once('error', reject)
    server.listen(0, '127.0.0.1', () => {
      const address = server.address()
      server.close(() => {
        resolve(typeof address === 'object' && address !== null ? address.port : 0)
      })
    })
  })
}

execFileSync(join(import.meta.dirname, 'fetch.sh'), { stdio: 'inherit' })
const folder = mkdtempSync(join(tmpdir(), 'vestibule-kafka-'))
const plain = values.port === undefined ? await freePort() : Number(values.port)
const broker = await startBroker({ folder, ports: { plain, controller: await freePort() } })
process.stdout.write(
  `Apache Kafka ${broker.version} serves at ${broker.brokers}, process ${broker.pid() ?? ''}, data in ${folder}\n` +
    `try: VESTIBULE_KAFKA_BROKERS=${broker.brokers} bin/vestibule up --replay corpus/demo/demo.pcap.gz\n`,
)
await new Promise<void>((resolve) => {
  const stop = (): void => {
    resolve()
  }
  process.once('SIGINT', stop).once('SIGTERM', stop)
  if (values['until-eof'] === true) process.stdin.resume().once('end', stop).once('close', stop)
})
await broker.end()
removeBroker(folder)
process.exit(0)
