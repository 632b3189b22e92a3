import { beforeAll, describe, expect, test } from '@jest/globals'
import { spawn, spawnSync } from 'node:child_process'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { apiClient } from '../../cli/api-client.ts'
import { ClientResponse } from '../../routing-api/routes/response-schemas.ts'
import { atTheEnd, ending, stopping } from '../support/endings.ts'
import { eventually } from '../support/eventually.ts'
import { freePort } from '../support/free-port.ts'
import { mayCapture } from '../support/may-capture.ts'
import { hasPrograms, temporaryFolder } from '../support/programs.ts'
import { startSshd, type Sshd } from '../support/sshd.ts'
import { startTlsServer, type TlsServer } from '../support/tls-server.ts'

const ROOT = join(import.meta.dirname, '../..')
const possible =
  hasPrograms('sslscan', 'hydra', 'curl', 'ssh', 'sshd') && mayCapture().kind === 'yes'

/** Score of a client on one protocol, as the API has it. */
async function scoreOf(port: number, address: string, protocol: 'tls' | 'ssh'): Promise<number> {
  const answer = await apiClient(`http://127.0.0.1:${port}`).call('GET', `/v1/clients/${address}`)
  const { scores } = ClientResponse.parse(answer)
  return Math.max(0, ...scores.filter((s) => s.protocol === protocol).map(({ value }) => value))
}

/** Runs a program to its end without stopping this process. */
function run(command: string, args: readonly string[]): Promise<void> {
  const child = ending(spawn(command, args, { stdio: 'ignore' }))
  const limit = setTimeout(() => child.kill('SIGKILL'), 30_000)
  return new Promise((resolve) =>
    child.once('close', () => {
      clearTimeout(limit)
      resolve()
    }),
  )
}

;(possible ? describe : describe.skip)('live capture on loopback, with real programs', () => {
  const folder = temporaryFolder('live')
  atTheEnd(folder.remove)
  let output = ''
  let apiPort: number
  let sshd: Sshd
  let tls: TlsServer

  beforeAll(async () => {
    apiPort = await freePort()
    sshd = stopping(await startSshd())
    tls = stopping(await startTlsServer())
    const up = spawn(
      join(ROOT, 'bin/vestibule'),
      [
        ...['up', '-i', 'lo', '--data', join(folder.path, 'data'), '--follow-log', sshd.logPath],
        ...['--port', String(apiPort), '--clickhouse-port', String(await freePort())],
      ],
      { stdio: ['ignore', 'pipe', 'pipe'] },
    )
    ending(up, 'SIGINT')
    for (const stream of [up.stdout, up.stderr]) {
      stream.on('data', (chunk: Buffer) => (output += chunk.toString()))
    }
    await eventually(
      'everything runs',
      () => output.includes('log ') && output.includes('capture on lo ready'),
      30_000,
    )
    const look = ['-sk', '--interface', '127.0.0.9', `https://127.0.0.1:${tls.port}/`]
    await eventually(
      'a hello comes through',
      async () => {
        await run('curl', look)
        return (
          (await apiClient(`http://127.0.0.1:${apiPort}`)
            .call('GET', '/v1/clients/127.0.0.9')
            .then((answer) => ClientResponse.parse(answer).scores.length)) > 0
        )
      },
      30_000,
    )
  }, 90_000)

  test('ordinary curl and ssh stay where they are', async () => {
    for (let n = 0; n < 4; n += 1) {
      await run('curl', ['-sk', '--interface', '127.0.0.2', `https://127.0.0.1:${tls.port}/`])
      await run('ssh', [
        '-b',
        '127.0.0.2',
        ...sshd.clientOptions,
        '-p',
        String(sshd.port),
        sshd.address,
        'true',
      ])
    }
    const fingerprints = await eventually('both are seen', async () => {
      const tlsScore = await scoreOf(apiPort, '127.0.0.2', 'tls')
      const sshScore = await scoreOf(apiPort, '127.0.0.2', 'ssh')
      return sshScore > 0 ? { tlsScore, sshScore } : undefined
    })
    expect(fingerprints.tlsScore).toBeLessThan(0.25)
    expect(fingerprints.sshScore).toBeLessThan(30)
  }, 60_000)

  test('sslscan is suspected while it is at work', async () => {
    const startedAt = Date.now()
    const scanning = run('sslscan', ['--no-colour', `127.0.0.1:${tls.port}`])
    await eventually(
      'its score passes the threshold',
      async () => (await scoreOf(apiPort, '127.0.0.1', 'tls')) >= 0.75,
      20_000,
    )
    const seconds = (Date.now() - startedAt) / 1000
    process.stderr.write(`sslscan suspected after ${seconds.toFixed(2)} s\n`)
    await scanning
  }, 60_000)

  test('hydra is suspected while it is at work', async () => {
    const words = join(folder.path, 'words.txt')
    writeFileSync(words, Array.from({ length: 12 }, (_, n) => `guess${n}`).join('\n'))
    const startedAt = Date.now()
    const guessing = run('hydra', [
      ...['-l', 'root', '-P', words, '-t', '4', '-s', String(sshd.port)],
      sshd.address,
      'ssh',
    ])
    await eventually(
      'its risk is high',
      async () => (await scoreOf(apiPort, '127.0.0.1', 'ssh')) >= 69,
      20_000,
    )
    const seconds = (Date.now() - startedAt) / 1000
    process.stderr.write(`hydra suspected after ${seconds.toFixed(2)} s\n`)
    await guessing
  }, 60_000)

  test('why names what each of them did', () => {
    const why = spawnSync(join(ROOT, 'bin/vestibule'), ['why', '127.0.0.1'], {
      encoding: 'utf8',
      env: { ...process.env, VESTIBULE_API_PORT: String(apiPort) },
    })
    expect(why.stdout).toMatch(/random|fingerprint/)
    expect(why.stdout).toMatch(/log in/)
  })
})
