import { execFile } from 'node:child_process'
import { type GateListener } from '../../gates/ssh/gate-config.ts'

/** Whether the sshd of each spawn listener would start; rejects with its own words. */
export async function checkSshd(listeners: readonly GateListener[]): Promise<void> {
  const spawning = listeners.filter(({ mode, breakGlass }) => mode === 'spawn' && !breakGlass)
  await Promise.all(spawning.map(check))
}

function check({ name, sshd }: GateListener): Promise<void> {
  const config = sshd.config === undefined ? [] : ['-f', sshd.config]
  return new Promise((resolve, reject) => {
    execFile(sshd.program, ['-t', ...config, ...sshd.args], (error, _stdout, stderr) => {
      if (error === null) {
        resolve()
        return
      }
      const said = stderr.trim() === '' ? error.message : stderr.trim()
      reject(new Error(`listener ${name}: ${sshd.program} would not start: ${said}`))
    })
  })
}
