import { spawn } from 'node:child_process'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { findProgram } from '../../test/support/programs.ts'

/** A tool that guesses passwords, as people call it. */
export interface AttackTool {
  readonly name: string
  readonly command: (host: string, port: number, lists: WordLists) => readonly string[]
}

export interface WordLists {
  readonly users: string
  readonly passwords: string
}

export const ATTACK_TOOLS: readonly AttackTool[] = [
  {
    name: 'hydra',
    command: (host, port, { users, passwords }) => [
      'hydra',
      '-I',
      '-t',
      '4',
      '-s',
      String(port),
      '-L',
      users,
      '-P',
      passwords,
      `ssh://${host}`,
    ],
  },
  {
    name: 'medusa',
    command: (host, port, { users, passwords }) => [
      'medusa',
      '-h',
      host,
      '-n',
      String(port),
      '-U',
      users,
      '-P',
      passwords,
      '-M',
      'ssh',
      '-t',
      '4',
    ],
  },
  {
    name: 'ncrack',
    command: (host, port, { users, passwords }) => [
      'ncrack',
      '-U',
      users,
      '-P',
      passwords,
      `ssh://${host}:${port}`,
    ],
  },
  {
    name: 'patator',
    command: (host, port, { users, passwords }) => [
      ...['patator', 'ssh_login', `host=${host}`, `port=${port}`, 'user=FILE0', 'password=FILE1'],
      ...[`0=${users}`, `1=${passwords}`, '-t', '4', '--max-retries=0'],
    ],
  },
  {
    name: 'nmap ssh-brute',
    command: (host, port, { users, passwords }) => [
      ...['nmap', '-n', '-Pn', '-p', String(port), '--script', '+ssh-brute'],
      ...['--script-args', `userdb=${users},passdb=${passwords}`, host],
    ],
  },
]

export function installedTools(): readonly AttackTool[] {
  const lists = { users: '', passwords: '' }
  return ATTACK_TOOLS.filter(
    ({ command }) => findProgram(command('', 0, lists)[0] ?? '') !== undefined,
  )
}

/** Names and words without a right one among them, too many to be done with soon. */
export function wordLists(folder: string): WordLists {
  const lists = { users: join(folder, 'users'), passwords: join(folder, 'passwords') }
  writeFileSync(
    lists.users,
    ['root', 'admin', 'oracle', 'ubuntu', 'git', 'postgres', ''].join('\n'),
  )
  const words = Array.from({ length: 2_000 }, (_, at) => `password${at}`)
  writeFileSync(lists.passwords, `${words.join('\n')}\n`)
  return lists
}

/** A running attack. When the tool gives up it is started anew: whoever guesses comes back. */
export interface Attack {
  /** How often it gave up. */
  gaveUp(): number
  stop(): void
}

const AGAIN_AFTER_MS = 1_000

export function attack(tool: AttackTool, host: string, port: number, lists: WordLists): Attack {
  const [program = '', ...args] = tool.command(host, port, lists)
  let stopped = false
  let ends = 0
  let group: number | undefined
  const start = (): void => {
    if (stopped) return
    const child = spawn(program, args, { stdio: 'ignore', detached: true })
    group = child.pid
    child.once('exit', () => {
      group = undefined
      ends += 1
      setTimeout(start, AGAIN_AFTER_MS)
    })
  }
  start()
  return {
    gaveUp: () => ends,
    stop(): void {
      stopped = true
      // It has children of its own.
      if (group !== undefined) process.kill(-group, 'SIGKILL')
    },
  }
}
