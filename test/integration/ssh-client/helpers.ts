import { execFile, spawn } from 'node:child_process'
import { type Sshd } from '../../support/sshd.ts'

/** How a program ended. */
export interface Ended {
  readonly code: number
  readonly stdout: string
  readonly stderr: string
}

/** One ssh through a helper, without a terminal. */
export interface Login {
  readonly sshd: Sshd
  readonly port: number
  /** The helper's command, with its folder of known gates among the options. */
  readonly helper: string
  readonly options?: readonly string[]
  readonly command?: string
  readonly env?: Readonly<Record<string, string>>
  /** Typed into standard input of the remote command. */
  readonly input?: Buffer
}

export function sshArguments({ sshd, port, helper, options = [] }: Login): string[] {
  const alias = ['-o', `HostKeyAlias=${sshd.address}`, '-o', `ProxyCommand=${helper} %h %p`]
  return [...sshd.clientOptions, ...alias, ...options, '-p', `${port}`, sshd.address]
}

/** Runs ssh in a session of its own, so that there is no terminal to ask on. */
export function login(how: Login): Promise<Ended> {
  const { DISPLAY: _, WAYLAND_DISPLAY: __, ...env } = process.env
  return new Promise((resolve, reject) => {
    const child = spawn('ssh', [...sshArguments(how), how.command ?? 'echo welcome'], {
      detached: true,
      env: { ...env, ...how.env },
    })
    const [out, err]: [Buffer[], Buffer[]] = [[], []]
    child.stdout.on('data', (bytes: Buffer) => out.push(bytes))
    child.stderr.on('data', (bytes: Buffer) => err.push(bytes))
    child.on('error', reject).on('close', (code) => {
      const text = (parts: Buffer[]): string => Buffer.concat(parts).toString('latin1')
      resolve({ code: code ?? -1, stdout: text(out), stderr: text(err) })
    })
    child.stdin.on('error', () => undefined).end(how.input)
  })
}

/** Runs a command on a terminal of its own and types each answer when its prompt has come. */
export function onTerminal(
  command: readonly string[],
  plays: readonly (readonly [string, string])[],
): Promise<Ended> {
  const play = JSON.stringify({ command, plays })
  return new Promise((resolve) => {
    execFile(
      '/usr/bin/python3',
      ['-c', PTY_PLAY, play],
      { timeout: 60_000 },
      (error, stdout, stderr) => {
        const code = error === null ? 0 : typeof error.code === 'number' ? error.code : -1
        resolve({ code, stdout, stderr })
      },
    )
  })
}

const PTY_PLAY = `
import json, os, pty, sys
play = json.loads(sys.argv[1])
pid, fd = pty.fork()
if pid == 0:
    os.execvp(play['command'][0], play['command'])
shown, waiting, answered = b'', list(play['plays']), 0
while True:
    try:
        more = os.read(fd, 4096)
    except OSError:
        break
    if not more:
        break
    shown += more
    # A prompt counts once: the same may come again.
    while waiting and waiting[0][0].encode() in shown[answered:]:
        answered = len(shown)
        os.write(fd, waiting.pop(0)[1].encode())
sys.stdout.buffer.write(shown)
sys.exit(os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]))
`
