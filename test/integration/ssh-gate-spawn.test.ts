import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals'
import { readFileSync, writeFileSync } from 'node:fs'
import { eventually } from '../support/eventually.ts'
import { run } from '../support/run.ts'
import { startScriptedApi, type ScriptedApi } from '../support/scripted-api.ts'
import { startGate, type Gate } from '../support/ssh-gate.ts'
import { startSshd, type Sshd } from '../support/sshd.ts'
import { startStampedLog, type StampedLog } from '../support/stamped-log.ts'

const USER = process.env['USER'] ?? 'root'

let log: StampedLog
let sshd: Sshd
let api: ScriptedApi
let gate: Gate

beforeAll(async () => {
  log = await startStampedLog()
  sshd = await startSshd({ program: log.program })
  api = await startScriptedApi()
  gate = await startGate(sshd.port, api.url, {
    mode: 'spawn',
    authLog: log.path,
    sshd: { program: log.program, config: sshd.configPath },
  })
}, 30_000)

afterAll(async () => {
  await gate.stop()
  await api.stop()
  await sshd.stop()
  log.stop()
})

beforeEach(() => {
  api.decide({})
})

function ssh(options: readonly string[], ...command: string[]): ReturnType<typeof run> {
  const alias = ['-o', `HostKeyAlias=[127.0.0.1]:${sshd.port}`, '-p', String(gate.port)]
  return run('ssh', [...sshd.clientOptions, ...alias, ...options, `${USER}@127.0.0.1`, ...command])
}

describe('spawn mode', () => {
  test('a low-risk client gets a sshd of its own, which sees its real address and signs a fresh stamp', async () => {
    const versions = new Set<string>()
    for (const bound of ['127.0.0.21', '127.0.0.22']) {
      const ran = await ssh(['-v', '-b', bound], 'echo $SSH_CONNECTION')
      expect(ran.code).toBe(0)
      expect(ran.stdout).toContain(`${bound} `)
      const version = /remote software version (OpenSSH_\S+ ?.*ts=\d+ mac=\S+)/.exec(ran.stderr)
      expect(version).not.toBeNull()
      versions.add(version?.[1] ?? '')
    }
    expect(versions.size).toBe(2)
    expect(log.text()).toContain(`Accepted publickey for ${USER} from 127.0.0.21 port `)
  }, 30_000)

  test('from= of authorized_keys tells the truth', async () => {
    const authorized = sshd.configPath.replace(/sshd_config$/, 'authorized_keys')
    const key = readFileSync(authorized, 'utf8')
    writeFileSync(authorized, `from="127.0.0.23" ${key}`)
    try {
      const from23 = await ssh(['-b', '127.0.0.23', '-o', 'BatchMode=yes'], 'true')
      const from24 = await ssh(['-b', '127.0.0.24', '-o', 'BatchMode=yes'], 'true')
      expect([from23.code, from24.code]).toEqual([0, 255])
    } finally {
      writeFileSync(authorized, key)
    }
  }, 30_000)

  test('any other client goes through the gate', async () => {
    api.decide({ band: 'medium', risk: 40, delayMs: 50 })
    const ran = await ssh(['-v', '-b', '127.0.0.25'], 'echo $SSH_CONNECTION')
    expect([ran.code, ran.stdout.split(' ')[0]]).toEqual([0, '127.0.0.1'])
    expect(ran.stderr).not.toContain('mac=')
  }, 30_000)

  test('sessions go on when the gate is gone', async () => {
    const held = ssh(['-b', '127.0.0.26'], 'echo started; sleep 1; echo finished')
    await eventually('the session runs', () => log.text().includes('from 127.0.0.26'))
    await gate.stop()
    expect((await held).stdout).toBe('started\nfinished\n')
  }, 30_000)
})
