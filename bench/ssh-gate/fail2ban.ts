import { type ChildProcess, execFileSync, spawn } from 'node:child_process'
import { once } from 'node:events'
import { cpSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { eventually } from '../../test/support/eventually.ts'

export interface Fail2ban {
  banned(): number
  stop(): Promise<void>
}

/**
 * The real fail2ban with its own filter for sshd and its usual rule, 5 failures in 10 minutes, banning by nftables in this
 * network namespace. Everything of it is in the folder.
 */
export async function startFail2ban(folder: string, log: string): Promise<Fail2ban> {
  const config = join(folder, 'fail2ban')
  cpSync('/etc/fail2ban', config, { recursive: true })
  const socket = join(folder, 'f2b.sock')
  writeFileSync(
    join(config, 'fail2ban.local'),
    `[Definition]\nlogtarget = ${join(folder, 'f2b.log')}\nsocket = ${socket}\npidfile = ${join(folder, 'f2b.pid')}\ndbfile = None\nallowipv6 = no\n`,
  )
  // What the distribution turns on looks at other logs.
  for (const file of ['defaults-debian.conf']) {
    writeFileSync(join(config, 'jail.d', file), '')
  }
  const jail = [
    ...['[DEFAULT]', 'backend = polling', 'ignoreself = false', 'ignoreip ='],
    ...['banaction = nftables[type=allports]', 'maxretry = 5', 'findtime = 10m', 'bantime = 10m'],
    ...['[sshd]', 'enabled = true', 'filter = sshd', `logpath = ${log}`, ''],
  ]
  writeFileSync(join(config, 'jail.local'), jail.join('\n'))
  const words = ['-c', config, '-s', socket, '-p', join(folder, 'f2b.pid')]
  const child = spawn('fail2ban-server', ['-f', ...words, 'start'], { stdio: 'ignore' })
  const status = (): string =>
    execFileSync('fail2ban-client', [...words, 'status', 'sshd'], {
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'ignore'],
    })
  await eventually('fail2ban watches', () => isWatching(child, status), 60_000)
  return {
    banned: () => Number(/Total banned:\s+(\d+)/.exec(status())?.[1] ?? 0),
    async stop(): Promise<void> {
      const ended = once(child, 'exit')
      child.kill('SIGTERM')
      await ended
    },
  }
}

function isWatching(child: ChildProcess, status: () => string): boolean {
  if (child.exitCode !== null) throw new Error(`fail2ban ended with ${child.exitCode}`)
  try {
    return status().includes('Total banned')
  } catch {
    return false
  }
}
