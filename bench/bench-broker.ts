import { execFileSync } from 'node:child_process'
import { mkdtempSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { removeBroker, startBroker } from '../scripts/kafka/broker.ts'
import { freePort } from '../test/support/free-port.ts'

export interface BenchBroker {
  readonly brokers: string
  /** As it says itself; of brokers that were there already it is not asked. */
  readonly version: string
  end(): Promise<void>
}

/** The brokers of VESTIBULE_KAFKA_BROKERS, or one of our own on free ports with its data in a temporary folder. */
export async function benchBroker(): Promise<BenchBroker> {
  const given = process.env['VESTIBULE_KAFKA_BROKERS']
  if (given !== undefined && given !== '') {
    return { brokers: given, version: 'given', end: () => Promise.resolve() }
  }
  execFileSync(join(import.meta.dirname, '../scripts/kafka/fetch.sh'), { stdio: 'inherit' })
  const folder = mkdtempSync(join(tmpdir(), 'bench-kafka-'))
  const ports = { plain: await freePort(), controller: await freePort() }
  const broker = await startBroker({ folder, ports, heapMegabytes: 768 })
  return {
    brokers: broker.brokers,
    version: broker.version,
    async end(): Promise<void> {
      await broker.end('SIGKILL')
      removeBroker(folder)
    },
  }
}
