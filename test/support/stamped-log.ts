import { spawn, execFileSync } from 'node:child_process'
import { chmodSync, existsSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { eventually } from './eventually.ts'
import { findProgram, temporaryFolder } from './programs.ts'

/** A log as rsyslog writes it, of every sshd that is started by `program`, and no /dev/log of the host. */
export interface StampedLog {
  readonly path: string
  /** Stands in for sshd: starts it so that it logs here. */
  readonly program: string
  text(): string
  stop(): void
}

/** Read and written, so that it does not end when a sshd does. */
const STAMPER = `
import datetime, os, sys
source = os.fdopen(os.open(sys.argv[1], os.O_RDWR), "r", errors="backslashreplace")
with open(sys.argv[2], "w", buffering=1) as log:
    for line in source:
        now = datetime.datetime.now(datetime.timezone.utc)
        log.write(now.isoformat(timespec="microseconds") + " host sshd: " + line)
`

export async function startStampedLog(server = findProgram('sshd')): Promise<StampedLog> {
  if (server === undefined) throw new Error("no sshd on this machine: run 'make setup-test'")
  const folder = temporaryFolder('log')
  const fifo = join(folder.path, 'fifo')
  const path = join(folder.path, 'auth.log')
  const program = join(folder.path, 'sshd')
  execFileSync('mkfifo', [fifo])
  writeFileSync(program, `#!/bin/sh\nexec ${server} -e "$@" 2>>${fifo}\n`)
  chmodSync(program, 0o755)
  const stamper = spawn('python3', ['-c', STAMPER, fifo, path], {
    stdio: ['ignore', 'ignore', 'inherit'],
  })
  await eventually('the log is written', () => existsSync(path))
  return {
    path,
    program,
    text: () => readFileSync(path, 'utf8'),
    stop: () => {
      stamper.kill('SIGKILL')
      folder.remove()
    },
  }
}
