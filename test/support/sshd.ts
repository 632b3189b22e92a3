import { type ChildProcess, execFileSync, spawn } from 'node:child_process'
import { once } from 'node:events'
import { chmodSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { freePort, isListening } from './free-port.ts'
import { findProgram, temporaryFolder } from './programs.ts'

/** How a throw-away sshd differs from the usual. */
export interface SshdOptions {
  readonly address?: string
  readonly port?: number
  /** Further lines of sshd_config. sshd takes the first value it meets, and these come first. */
  readonly config?: readonly string[]
  /** `file` writes sshd's messages bare, as `sshd -E` does; `syslog` sends them to /dev/log. */
  readonly log?: 'file' | 'syslog'
  /** Another program than the sshd of this machine; it says itself where it logs. */
  readonly program?: string
  /** Keys, host keys included, of this one: two servers that are one to their clients. */
  readonly like?: Sshd
}

/** A running sshd of our own. */
export interface Sshd {
  readonly address: string
  readonly port: number
  /** Log in with this key as the user who runs the tests. */
  readonly keyPath: string
  readonly knownHostsPath: string
  readonly hostKeyPath: string
  readonly configPath: string
  readonly logPath: string
  readonly pid: number
  /** Options that make OpenSSH's clients trust this server and use this key alone, whatever ~/.ssh says. */
  readonly clientOptions: readonly string[]
  readonly readLog: () => string
  readonly stop: () => Promise<void>
}

const READY_WITHIN_MS = 10_000

/**
 * Starts OpenSSH's sshd on a free loopback port with configuration, host key, client key and log of its own in a temp folder.
 * No PAM, no file of the host is written (but /run/sshd, which sshd insists on when root starts it). Throws with sshd's own
 * words when it does not come up.
 */
export async function startSshd(options: SshdOptions = {}): Promise<Sshd> {
  const program = options.program ?? findProgram('sshd')
  if (program === undefined) throw new Error("no sshd on this machine: run 'make setup-test'")
  const address = options.address ?? '127.0.0.1'
  const port = options.port ?? (await freePort(address))
  const folder = temporaryFolder('sshd')
  const paths = writeFolder(folder.path, address, port, options.config ?? [], options.like)
  if (process.getuid?.() === 0) mkdirSync('/run/sshd', { recursive: true, mode: 0o755 })
  const logsItself = options.log === 'syslog' || options.program !== undefined
  const log = logsItself ? [] : ['-E', paths.logPath]
  const child = spawn(program, ['-D', '-f', paths.configPath, ...log], { stdio: 'ignore' })
  const stop = async (): Promise<void> => {
    await end(child)
    folder.remove()
  }
  await untilReady(child, port, address).catch(async (cause: unknown) => {
    const said = readOrEmpty(paths.logPath)
    await stop()
    throw new Error(`sshd did not start on ${address}:${port}: ${said}`, { cause })
  })
  return {
    address,
    port,
    keyPath: paths.keyPath,
    knownHostsPath: paths.knownHostsPath,
    hostKeyPath: paths.hostKeyPath,
    configPath: paths.configPath,
    logPath: paths.logPath,
    pid: child.pid ?? 0,
    clientOptions: clientOptions(paths),
    readLog: () => readOrEmpty(paths.logPath),
    stop,
  }
}

interface Paths {
  readonly hostKeyPath: string
  readonly configPath: string
  readonly keyPath: string
  readonly knownHostsPath: string
  readonly logPath: string
}

function writeFolder(
  folder: string,
  address: string,
  port: number,
  extra: readonly string[],
  like: Sshd | undefined,
): Paths {
  const hostKey = like?.hostKeyPath ?? join(folder, 'host_ed25519')
  const keyPath = like?.keyPath ?? join(folder, 'client_ed25519')
  if (like === undefined) {
    makeKey(hostKey)
    makeKey(keyPath)
  }
  const authorized = join(folder, 'authorized_keys')
  writeFileSync(authorized, readFileSync(`${keyPath}.pub`), { mode: 0o644 })
  // sshd reads it as the user who logs in: the folder must let others through to a name they know.
  chmodSync(folder, 0o711)
  const knownHostsPath = join(folder, 'known_hosts')
  writeFileSync(
    knownHostsPath,
    `${address},[${address}]:${port} ${readFileSync(`${hostKey}.pub`, 'utf8')}`,
  )
  const configPath = join(folder, 'sshd_config')
  const lines = [
    ...extra,
    `ListenAddress ${address}`,
    `Port ${port}`,
    `HostKey ${hostKey}`,
    `AuthorizedKeysFile ${authorized}`,
    `PidFile ${join(folder, 'sshd.pid')}`,
    'PermitRootLogin yes',
    'PasswordAuthentication yes',
    'KbdInteractiveAuthentication no',
    'UsePAM no',
    'UseDNS no',
    'StrictModes no',
    'LogLevel VERBOSE',
    'Subsystem sftp internal-sftp',
  ]
  writeFileSync(configPath, `${lines.join('\n')}\n`)
  const logPath = join(folder, 'sshd.log')
  return { configPath, hostKeyPath: hostKey, keyPath, knownHostsPath, logPath }
}

function makeKey(path: string): void {
  execFileSync('ssh-keygen', ['-q', '-t', 'ed25519', '-N', '', '-C', 'vestibule-test', '-f', path])
}

function clientOptions(paths: Paths): string[] {
  const options = [
    `IdentityFile=${paths.keyPath}`,
    'IdentitiesOnly=yes',
    'IdentityAgent=none',
    `UserKnownHostsFile=${paths.knownHostsPath}`,
    'GlobalKnownHostsFile=/dev/null',
    'StrictHostKeyChecking=yes',
    'LogLevel=ERROR',
  ]
  return ['-F', '/dev/null', ...options.flatMap((option) => ['-o', option])]
}

async function untilReady(child: ChildProcess, port: number, address: string): Promise<void> {
  const until = Date.now() + READY_WITHIN_MS
  while (!(await isListening(port, address))) {
    if (child.exitCode !== null) throw new Error(`it ended with code ${child.exitCode}`)
    if (Date.now() > until) throw new Error(`not listening after ${READY_WITHIN_MS} ms`)
    await pause(20)
  }
}

async function end(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return
  const ended = once(child, 'exit')
  child.kill('SIGTERM')
  await ended
}

function readOrEmpty(path: string): string {
  try {
    return readFileSync(path, 'utf8')
  } catch {
    return ''
  }
}
