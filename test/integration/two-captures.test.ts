import { beforeAll, describe, expect, test } from '@jest/globals'
import { execFile } from 'node:child_process'
import { existsSync } from 'node:fs'
import { openEventLog } from '../../io/event-log/open.ts'
import { addressText } from '../../lib/client-entity.ts'
import { singleObjectCodec } from '../../lib/codec/single-object.ts'
import { readConfig } from '../../lib/config.ts'
import { type EventLog } from '../../lib/event-log.ts'
import { SILENT } from '../../lib/logger.ts'
import { atTheEnd, ending, stopping } from '../support/endings.ts'
import { eventually } from '../support/eventually.ts'
import { freePort } from '../support/free-port.ts'
import { mayCapture } from '../support/may-capture.ts'
import { hasPrograms, temporaryFolder } from '../support/programs.ts'
import { startService } from '../support/service.ts'
import { startTlsServer, type TlsServer } from '../support/tls-server.ts'

const possible = hasPrograms('curl') && mayCapture().kind === 'yes'

/** As docs/operations.md says: both directions of a connection fall into the same half. */
const HALVES = ['ip and (ip[15] + ip[19]) & 1 = 0', 'ip and (ip[15] + ip[19]) & 1 = 1']

function run(command: string, args: readonly string[]): Promise<void> {
  return new Promise((resolve) => {
    const done = (): void => {
      resolve()
    }
    ending(execFile(command, args, { timeout: 10_000 }, done))
  })
}

;(possible ? describe : describe.skip)('two capture processes on one interface', () => {
  const folder = temporaryFolder('two-captures')
  atTheEnd(folder.remove)
  const codec = singleObjectCodec()
  const metricsPorts: number[] = []
  let log: EventLog
  let tls: TlsServer

  async function hellos(): Promise<readonly string[]> {
    const found: string[] = []
    const stop = new AbortController()
    const follow = { topics: ['client-events'], from: 'start', signal: stop.signal } as const
    for await (const { records, caughtUp } of log.follow(follow)) {
      for (const { value } of records) {
        const any = value === null ? undefined : codec.decode(value)
        if (any?.kind !== 'record' || any.type !== 'TlsHello') continue
        // Others test on this loopback too.
        if (any.record.serverPort !== tls.port) continue
        found.push(`${any.record.sensor} ${addressText(any.record.clientAddress)}`)
      }
      if (caughtUp) break
    }
    stop.abort()
    return found.sort()
  }

  beforeAll(async () => {
    tls = stopping(await startTlsServer())
    const read = readConfig({}, { dataDir: folder.path })
    if (read.kind === 'fault') throw new Error(read.message)
    startService(['log'], { VESTIBULE_DATA: folder.path })
    await eventually('the log serves', () => existsSync(read.config.logSocket))
    log = await openEventLog(read.config, { logger: SILENT })
    atTheEnd(() => log.close())
    for (const [n, filter] of HALVES.entries()) {
      const port = await freePort()
      metricsPorts.push(port)
      const said = startService(
        [
          ...['capture', '-i', 'lo', '--sensor', `lo-${n}`, '--filter', filter],
          ...['--metrics-port', String(port)],
        ],
        { VESTIBULE_DATA: folder.path },
      )
      await eventually('it captures', () => said().includes('capturing on'), 20_000)
    }
  }, 60_000)

  test('tell of every connection once, each of its half', async () => {
    for (const client of [2, 3, 4, 5]) {
      const url = `https://127.0.0.1:${tls.port}/`
      await run('curl', ['-sk', '--interface', `127.0.0.${client}`, url])
    }
    const all = await eventually('all hellos', async () => {
      const found = await hellos()
      return found.length >= 4 ? found : undefined
    })
    expect(all).toEqual(['lo-0 127.0.0.3', 'lo-0 127.0.0.5', 'lo-1 127.0.0.2', 'lo-1 127.0.0.4'])
  }, 30_000)

  test('count what they received and lost, each for itself', async () => {
    for (const port of metricsPorts) {
      const figures = await eventually('the kernel was asked', async () => {
        const text = await (await fetch(`http://127.0.0.1:${port}/metrics`)).text()
        const of = (pattern: RegExp): number => Number(pattern.exec(text)?.[1] ?? NaN)
        const received = of(/^vestibule_capture_received (\d+)/m)
        const lost = of(/^vestibule_capture_dropped\{where="ring"\} (\d+)/m)
        return received > 0 ? { received, lost } : undefined
      })
      expect(figures.lost).toBe(0)
      expect(figures.received).toBeGreaterThan(20)
    }
  }, 30_000)
})
