import { createHash, randomBytes } from 'node:crypto'
import { chmodSync, mkdirSync, mkdtempSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { PASSWORD, type BandName, type BandedGate, type Mode } from './banded-gate.ts'
import { run, type Ran, type RunOptions } from '../run.ts'

const USER = process.env['USER'] ?? 'root'
const HOST = '127.0.0.1'

/** OpenSSH's programs of one version. */
export interface OpensshPrograms {
  readonly ssh: string
  readonly scp: string
  readonly sftp: string
}

/** What a use of OpenSSH works with: programs, a configuration that knows the hosts, a folder, and files to send. */
export interface OpensshPlace {
  readonly programs: OpensshPrograms
  readonly banded: BandedGate
  readonly mode: Mode
  readonly band: BandName
  readonly folder: string
  /** Host names: `gate` is the server behind the gate, `server` the same without it, `jumped` it by way of the gate. */
  readonly config: string
  /** The same without a key. */
  readonly keyless: string
  /** A megabyte of noise. */
  readonly file: string
  readonly digest: string
  /** The helper's command without host and port; undefined: no helper. */
  readonly helper: string | undefined
  readonly ssh: (args: readonly string[], options?: RunOptions) => Promise<Ran>
}

export function openPlace(
  under: string,
  at: Omit<OpensshPlace, 'folder' | 'config' | 'keyless' | 'file' | 'digest' | 'ssh'>,
): OpensshPlace {
  // A control socket's path must be short.
  const folder = mkdtempSync(join(under, 'p'))
  // sftp's server runs as the user who logs in, who may be another one.
  chmodSync(folder, 0o755)
  const file = join(folder, 'noise')
  writeFileSync(file, randomBytes(1 << 20))
  const config = join(folder, 'config')
  const askpass = join(folder, 'askpass')
  writeFileSync(askpass, `#!/bin/sh\necho '${PASSWORD}'\n`, { mode: 0o755 })
  const keyless = `${config}-keyless`
  const key = [`IdentityFile ${at.banded.sshd.keyPath}`, 'IdentitiesOnly yes']
  writeFileSync(config, configOf(at, key))
  writeFileSync(keyless, configOf(at, []))
  mkdirSync(join(folder, 'tmp'))
  const env = { SSH_ASKPASS: askpass, SSH_ASKPASS_REQUIRE: 'force', TMPDIR: join(folder, 'tmp') }
  return {
    ...at,
    ...{ folder, config, keyless, file, digest: digestOf(file) },
    ssh: (args, options = {}) =>
      run(at.programs.ssh, ['-F', config, ...args], {
        timeoutMs: 60_000,
        ...options,
        env: { ...env, ...options.env },
      }),
  }
}

function configOf(
  { banded, mode, band, helper }: Pick<OpensshPlace, 'banded' | 'mode' | 'band' | 'helper'>,
  key: readonly string[],
): string {
  const { sshd } = banded
  const port = banded.port(mode, band)
  const proxy = helper === undefined ? [] : [`ProxyCommand ${helper} ${HOST} ${port}`]
  return [
    ...[`Host gate`, `Port ${port}`, ...proxy],
    ...['Host server', `Port ${sshd.port}`],
    ...['Host jumped', `Port ${sshd.port}`, 'ProxyJump gate'],
    ...['Host *', `HostName ${HOST}`, `User ${USER}`, `HostKeyAlias ${HOST}`],
    ...key,
    `UserKnownHostsFile ${sshd.knownHostsPath}`,
    ...['GlobalKnownHostsFile none', 'StrictHostKeyChecking yes', 'LogLevel ERROR', ''],
  ].join('\n')
}

export function digestOf(file: string): string {
  return createHash('sha256').update(readFileSync(file)).digest('hex')
}
