import { spawn } from 'node:child_process'
import { join } from 'node:path'
import { type OpensshPlace } from './openssh-place.ts'

/** An ssh that stays until it is stopped. */
export interface Background {
  ended(): boolean
  said(): string
  stop(): void
}

export function background(place: OpensshPlace, args: readonly string[]): Background {
  const askpass = join(place.folder, 'askpass')
  const child = spawn(place.programs.ssh, ['-F', place.config, ...args], {
    stdio: ['ignore', 'ignore', 'pipe'],
    env: { ...process.env, SSH_ASKPASS: askpass, SSH_ASKPASS_REQUIRE: 'force' },
  })
  let said = ''
  child.stderr.on('data', (text: Buffer) => (said += text.toString()))
  child.on('error', (error) => (said += error.message))
  return {
    ended: () => child.exitCode !== null || child.signalCode !== null,
    said: () => said,
    stop: () => void child.kill('SIGTERM'),
  }
}
