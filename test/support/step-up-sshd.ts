import { execFileSync, spawnSync } from 'node:child_process'
import {
  chmodSync,
  copyFileSync,
  mkdirSync,
  readFileSync,
  readdirSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { join } from 'node:path'
import { findProgram, hasPrograms, temporaryFolder } from './programs.ts'
import { startSshd, type Sshd } from './sshd.ts'

const SHIPPED = join(import.meta.dirname, '../../gates/ssh/pam')
/** Lines of the shipped sshd_config that name this machine's places: the throw-away sshd has its own. */
const PLACES = /^(#|\s*$|ListenAddress|Port|HostKey|Subsystem|PidFile)/

/** Whether a step-up sshd can run here: PAM configuration of its own takes a mount namespace of its own. */
export function canStepUp(): boolean {
  if (!hasPrograms('sshd', 'gcc', 'make', 'unshare')) return false
  const may = spawnSync('unshare', ['--mount', 'true']).status === 0
  if (!may) {
    const sentence = 'tests left out: no right to a mount namespace (root is needed)\n'
    if (process.env['CI'] === 'true') throw new Error(sentence)
    process.stderr.write(sentence)
  }
  return may
}

/**
 * The step-up sshd as it is shipped: the PAM module built by its own Makefile, the shipped PAM service and the shipped
 * sshd_config, with the host and client keys of `usual`. /etc/pam.d is this process's own: the host's is not touched.
 */
export async function startStepUpSshd(usual: Sshd, socket: string): Promise<Sshd> {
  const folder = temporaryFolder('step-up')
  const module = join(folder.path, 'pam_vestibule.so')
  const sources = join(folder.path, 'pam')
  mkdirSync(sources)
  for (const name of ['Makefile', 'pam_vestibule.c']) {
    copyFileSync(join(SHIPPED, name), join(sources, name))
  }
  execFileSync('make', ['-s', '-C', sources, `OUT=${module}`])
  const pam = join(folder.path, 'pam.d')
  mkdirSync(pam)
  for (const name of readdirSync('/etc/pam.d'))
    copyFileSync(join('/etc/pam.d', name), join(pam, name))
  const service = readFileSync(join(SHIPPED, 'sshd-stepup'), 'utf8')
    .replace('pam_vestibule.so', module)
    .replace('/run/vestibule/step-up.sock', socket)
  writeFileSync(join(pam, 'sshd-stepup'), service)
  const program = join(folder.path, 'sshd-stepup')
  symlinkSync(findProgram('sshd') ?? '', program)
  const wrapper = join(folder.path, 'start')
  const log = join(folder.path, 'log')
  const script = `mount --bind ${pam} /etc/pam.d && exec ${program} "$@" -E ${log}`
  writeFileSync(wrapper, `#!/bin/sh\nexec unshare --mount sh -c '${script}' sh "$@"\n`)
  chmodSync(wrapper, 0o755)
  const config = readFileSync(join(SHIPPED, 'sshd_config.stepup'), 'utf8')
    .split('\n')
    .filter((line) => !PLACES.test(line))
  const sshd = await startSshd({ program: wrapper, config, like: usual })
  return {
    ...sshd,
    logPath: log,
    readLog: () => readFileSync(log, 'utf8'),
    stop: async () => {
      await sshd.stop()
      folder.remove()
    },
  }
}
