import { describe, expect, test } from '@jest/globals'
import { execFileSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import { userInfo } from 'node:os'
import { dirname } from 'node:path'
import { eventually } from './eventually.ts'
import { isListening } from './free-port.ts'
import { hasPrograms } from './programs.ts'
import { startSshd } from './sshd.ts'

const present = hasPrograms('sshd', 'ssh', 'ssh-keygen')

describe('a throw-away sshd', () => {
  const testWhenPresent = present ? test : test.skip

  testWhenPresent('lets the running user in by its key and writes who came', async () => {
    const sshd = await startSshd()
    try {
      const user = userInfo().username
      const target = ['-p', String(sshd.port), `${user}@${sshd.address}`]
      const said = execFileSync('ssh', [...sshd.clientOptions, ...target, 'echo in'])
      expect(said.toString()).toBe('in\n')
      expect(sshd.readLog()).toContain(`Accepted publickey for ${user} from 127.0.0.1`)
    } finally {
      await sshd.stop()
    }
  })

  testWhenPresent('is gone after stop, with its folder', async () => {
    const sshd = await startSshd()
    expect(await isListening(sshd.port)).toBe(true)
    await sshd.stop()
    await eventually('nothing listens', async () => !(await isListening(sshd.port)))
    expect(existsSync(dirname(sshd.logPath))).toBe(false)
  })

  testWhenPresent('says what sshd said when it does not start', async () => {
    await expect(startSshd({ config: ['Nonsense yes'] })).rejects.toThrow('Bad configuration')
  })
})
