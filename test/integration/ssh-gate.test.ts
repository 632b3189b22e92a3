import { afterEach, beforeEach, describe, expect, test } from '@jest/globals'
import { eventually } from '../support/eventually.ts'
import { freePort } from '../support/free-port.ts'
import { startInstallation, type Installation } from '../support/installation.ts'
import { run } from '../support/run.ts'
import { startGate, type Gate } from '../support/ssh-gate.ts'
import { startSshd, type Sshd } from '../support/sshd.ts'

const USER = process.env['USER'] ?? 'root'

let sshd: Sshd
let gate: Gate | undefined
let installation: Installation | undefined

beforeEach(async () => {
  sshd = await startSshd()
}, 20_000)

afterEach(async () => {
  await gate?.stop()
  await installation?.stop()
  await sshd.stop()
  gate = undefined
  installation = undefined
}, 30_000)

/** Logs in through the gate with OpenSSH's own client. */
function login(port: number, ...command: string[]): ReturnType<typeof run> {
  const alias = `HostKeyAlias=[127.0.0.1]:${sshd.port}`
  const options = [...sshd.clientOptions, '-o', alias, '-p', `${port}`]
  return run('ssh', [...options, `${USER}@127.0.0.1`, ...command])
}

describe('an unmodified client', () => {
  test('logs in through the gate; the decision is asked for and recorded, and so is what became of it', async () => {
    installation = await startInstallation()
    gate = await startGate(sshd.port, `http://127.0.0.1:${installation.config.apiPort}`)

    const ran = await login(gate.port, 'echo', 'through')
    expect([ran.code, ran.stdout, ran.stderr]).toEqual([0, 'through\n', ''])

    const rows = (query: string): ReturnType<Installation['rows']> =>
      installation === undefined ? Promise.resolve([]) : installation.rows(query)
    const decided = await eventually('decision and outcome are in history', async () => {
      const found = await rows(`SELECT d.answer, d.listener, o.result, o.terminationState
        FROM decision AS d INNER JOIN outcome AS o ON d.decisionId = o.decisionId
        WHERE d.kind = 'ssh-connection'`)
      return found.length > 0 ? found : undefined
    })
    expect(decided).toMatchObject([
      { answer: 'pass', listener: 'ssh', result: 'completed', terminationState: 'served' },
    ])
    const [seen] = await rows('SELECT clientIdentification, stage, source FROM ssh_connection')
    expect(seen).toMatchObject({ stage: 'kexinit', source: 'gate' })
    expect(seen?.['clientIdentification']).toMatch(/^SSH-2\.0-OpenSSH_/)
  }, 90_000)

  test('logs in while no API answers: the static policy decides, with its brake, and it is counted', async () => {
    gate = await startGate(
      sshd.port,
      `http://127.0.0.1:${await freePort()}`,
      {},
      { static: { brakeMs: 300 } },
    )
    const ran = await login(gate.port, 'echo', 'through')
    expect([ran.code, ran.stdout]).toEqual([0, 'through\n'])
    expect(ran.ms).toBeGreaterThan(300)
    expect(await gate.metric('ssh_gate_static_total')).toBe(1)
  }, 30_000)
})
