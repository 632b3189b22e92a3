import { expect } from '@jest/globals'
import { flood } from '../support/flood.ts'
import { run } from '../support/run.ts'
import { startScriptedApi } from '../support/scripted-api.ts'
import { startGate } from '../support/ssh-gate.ts'
import { startSshd } from '../support/sshd.ts'
import { soak } from './soak.ts'

const USER = process.env['USER'] ?? 'root'
const CONNECTIONS = 10_000
const LOGINS = 11

soak(
  '10,000 half-open connections: honest logins take at most twice their usual time',
  async () => {
    const sshd = await startSshd()
    const api = await startScriptedApi()
    const gate = await startGate(sshd.port, api.url)
    const alias = ['-o', `HostKeyAlias=[127.0.0.1]:${sshd.port}`, '-p', String(gate.port)]
    const median = async (): Promise<number> => {
      const times: number[] = []
      for (let n = 0; n < LOGINS; n += 1) {
        const ran = await run('ssh', [...sshd.clientOptions, ...alias, `${USER}@127.0.0.1`, 'true'])
        expect([ran.code, ran.stderr]).toEqual([0, ''])
        times.push(ran.ms)
      }
      return times.toSorted((a, b) => a - b)[Math.floor(LOGINS / 2)] ?? NaN
    }
    try {
      const usual = await median()
      const attackers = await flood(gate.port, CONNECTIONS)
      const open = attackers.open()
      const beside = await median()
      process.stderr.write(
        `login ${usual.toFixed(0)} ms, beside ${open} half-open connections ${beside.toFixed(0)} ms\n`,
      )
      attackers.stop()
      expect(open).toBeGreaterThan(CONNECTIONS * 0.9)
      expect(beside).toBeLessThanOrEqual(2 * usual)
    } finally {
      await gate.stop()
      await api.stop()
      await sshd.stop()
    }
  },
  300_000,
)
