import { chmodSync, existsSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { findProgram } from '../programs.ts'
import { run, type Ran } from '../run.ts'
import { type Sshd } from '../sshd.ts'

/** Where a client is to log in, and with what. */
export interface Place {
  readonly port: number
  readonly keys: ClientKeys
  /** A proxy command, host and port included; undefined: none. */
  readonly via: string | undefined
  /** What keyboard-interactive questions are answered with. */
  readonly answer: string
  readonly command: string
}

/** One key in the forms that the clients want it in, and what they know of the host. */
export interface ClientKeys {
  readonly openssh: string
  readonly dropbear: string
  readonly putty: string
  /** `SHA256:...` of the host key. */
  readonly hostKey: string
  /** OpenSSH's options for the key and the host. */
  readonly options: readonly string[]
  /** A program that prints the answer, for SSH_ASKPASS. */
  readonly askpass: (answer: string) => string
}

export interface SshClient {
  readonly name: string
  /** As the program says it. */
  version(): Promise<string>
  /** Whether it can be told a proxy command. */
  readonly takesProxyCommand: boolean
  /** Whether it answers a question after its key was taken. */
  readonly canBeAsked: boolean
  run(place: Place): Promise<Ran>
}

const USER = process.env['USER'] ?? 'root'
const HOST = '127.0.0.1'
const TOOLS = join(import.meta.dirname, '../../../.tools/openssh-10')
const LIMIT = { timeoutMs: 60_000 }

export async function makeKeys(folder: string, sshd: Sshd): Promise<ClientKeys> {
  const [dropbear, putty] = [join(folder, 'key.dropbear'), join(folder, 'key.ppk')]
  await run('dropbearconvert', ['openssh', 'dropbear', sshd.keyPath, dropbear])
  await run('puttygen', [sshd.keyPath, '-O', 'private', '-o', putty])
  const printed = await run('ssh-keygen', ['-l', '-f', `${sshd.hostKeyPath}.pub`])
  const alias = ['-o', `HostKeyAlias=[${HOST}]:${sshd.port}`]
  return {
    ...{ openssh: sshd.keyPath, dropbear, putty },
    hostKey: /SHA256:\S+/.exec(printed.stdout)?.[0] ?? '',
    options: [...sshd.clientOptions, '-o', 'LogLevel=INFO', ...alias],
    askpass(answer): string {
      const path = join(folder, 'askpass')
      writeFileSync(path, `#!/bin/sh\necho '${answer}'\n`)
      chmodSync(path, 0o755)
      return path
    },
  }
}

/** Whoever logs in through the gate: what is installed of it. */
export function sshClients(): readonly SshClient[] {
  const newer = join(TOOLS, 'ssh')
  return [
    openssh('OpenSSH', 'ssh'),
    ...(existsSync(newer) ? [openssh('OpenSSH 10', newer)] : []),
    DROPBEAR,
    PLINK,
    scripted('paramiko'),
    scripted('asyncssh'),
    scripted('libssh'),
    LIBSSH2,
  ].filter(({ name }) => PROGRAMS[name] === undefined || findProgram(PROGRAMS[name]) !== undefined)
}

const PROGRAMS: Readonly<Record<string, string>> = { dropbear: 'dbclient', PuTTY: 'plink' }

function openssh(name: string, program: string): SshClient {
  return {
    name,
    takesProxyCommand: true,
    canBeAsked: true,
    version: async () => first((await run(program, ['-V'])).stderr).replace(/,.*/, ''),
    run: ({ port, keys, via, answer, command }) => {
      const proxy = via === undefined ? [] : ['-o', `ProxyCommand=${via}`]
      const env = { SSH_ASKPASS: keys.askpass(answer), SSH_ASKPASS_REQUIRE: 'force' }
      const where = [...proxy, '-p', String(port), `${USER}@${HOST}`]
      return run(program, [...keys.options, ...where, command], { ...LIMIT, env })
    },
  }
}

const DROPBEAR: SshClient = {
  name: 'dropbear',
  takesProxyCommand: true,
  canBeAsked: true,
  version: async () => first((await run('dbclient', ['-V'])).stderr),
  run: ({ port, keys, via, answer, command }) => {
    const proxy = via === undefined ? [] : ['-J', via]
    // What it gives where a question has no echo.
    const env = { DROPBEAR_PASSWORD: answer }
    const where = [...proxy, '-p', String(port), `${USER}@${HOST}`]
    return run('dbclient', ['-y', '-y', '-i', keys.dropbear, ...where, command], { ...LIMIT, env })
  },
}

const PLINK: SshClient = {
  name: 'PuTTY',
  takesProxyCommand: true,
  canBeAsked: true,
  version: async () => first((await run('plink', ['--version'])).stdout),
  run: ({ port, keys, via, answer, command }) => {
    const proxy = via === undefined ? [] : ['-proxycmd', via]
    // It takes no proxy command for a host of this machine; who the proxy command reaches, that one knows.
    const host = via === undefined ? HOST : 'gate.example.org'
    const known = ['-hostkey', keys.hostKey, '-i', keys.putty, '-l', USER, '-P', String(port)]
    return run('plink', ['-no-antispoof', ...known, ...proxy, host, command], {
      ...LIMIT,
      input: `${answer}\n`,
    })
  },
}

/** curl's scp. libssh2 itself takes a socket, and no proxy command. */
const LIBSSH2: SshClient = {
  name: 'libssh2',
  takesProxyCommand: false,
  // curl of Debian 12 does not go on where a key was taken and more is wanted.
  canBeAsked: false,
  version: async () => {
    const [curl = ''] = (await run('curl', ['--version'])).stdout.split('\n')
    return `${/libssh2\/\S+/.exec(curl)?.[0] ?? 'no libssh2'} of ${curl.split(' ').slice(0, 2).join(' ')}`
  },
  run: async ({ port, keys, answer, command }) => {
    // It copies files and runs no command: what the command would print is in a file.
    const file = `${keys.openssh}.said`
    writeFileSync(file, `${command.replace('echo ', '')}\n`)
    const login = [
      '--user',
      `${USER}:${answer}`,
      '--key',
      keys.openssh,
      '--pubkey',
      `${keys.openssh}.pub`,
    ]
    const ran = await run(
      'curl',
      ['-sS', '--insecure', ...login, `scp://${HOST}:${port}${file}`],
      LIMIT,
    )
    return ran.code === 0 && ran.stdout === ''
      ? { ...ran, stdout: readFileSync(file, 'utf8') }
      : ran
  },
}

function scripted(client: string): SshClient {
  const call = (at: object): Promise<Ran> => {
    const all = { client, via: null, user: USER, ...at }
    return run(
      '/usr/bin/python3',
      [join(import.meta.dirname, 'clients.py'), JSON.stringify(all)],
      LIMIT,
    )
  }
  return {
    name: client,
    takesProxyCommand: true,
    canBeAsked: true,
    version: async () => `${client} ${first((await call({ command: null })).stdout)}`,
    run: ({ port, keys, via, answer, command }) =>
      call({ port, key: keys.openssh, via: via ?? null, answer, command }),
  }
}

function first(text: string): string {
  return text.split('\n')[0]?.trim() ?? ''
}
