import { execFileSync, spawn } from 'node:child_process'
import { once } from 'node:events'
import { rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { findGo } from '../test/support/go.ts'
import { temporaryFolder } from '../test/support/programs.ts'
import { startSshd } from '../test/support/sshd.ts'
import { print } from './print.ts'

const ROOT = join(import.meta.dirname, '..')
const FILE_BYTES = 200_000_000
const STARTS = 15
const COPIES = 5

/**
 * Time to start (of a wrong call, which loads all that a right one does) and throughput of
 * 200 MB through real ssh and sshd, both ways: direct, through the TypeScript helper and through the Go helper, interleaved.
 */
export async function run(): Promise<void> {
  const folder = temporaryFolder('bench-ssh-connect')
  const sshd = await startSshd()
  const file = join(folder.path, 'data')
  writeFileSync(file, Buffer.alloc(FILE_BYTES, 'some text that is not compressed by ssh. '))
  const helpers = helperCommands(folder.path)
  for (const helper of helpers)
    print('ssh-connect', { what: 'start', helper: helper.name, ...starts(helper.command) })
  const ways: readonly { readonly name: string; readonly options: readonly string[] }[] = [
    { name: 'direct', options: [] },
    ...helpers.map(({ name, command }) => ({
      name,
      options: ['-o', `ProxyCommand=${command.join(' ')} --state ${folder.path} %h %p`],
    })),
  ]
  const seconds = new Map<string, number[]>()
  for (let round = 0; round < COPIES; round += 1) {
    for (const { name, options } of ways) {
      for (const direction of ['up', 'down'] as const) {
        const ssh = [...sshd.clientOptions, ...options, '-p', `${sshd.port}`, sshd.address]
        const key = `${name} ${direction}`
        seconds.set(key, [...(seconds.get(key) ?? []), await copy(ssh, file, direction)])
      }
    }
  }
  for (const direction of ['up', 'down']) {
    const direct = median(seconds.get(`direct ${direction}`) ?? [])
    for (const { name } of ways) {
      const took = median(seconds.get(`${name} ${direction}`) ?? [])
      print('ssh-connect', {
        what: 'throughput',
        helper: name,
        direction,
        mbPerSecond: Math.round(FILE_BYTES / took / 1e6),
        ofDirect: Number((direct / took).toFixed(3)),
      })
    }
  }
  await sshd.stop()
  rmSync(file)
  folder.remove()
}

interface HelperCommand {
  readonly name: string
  readonly command: readonly string[]
}

function helperCommands(folder: string): HelperCommand[] {
  const typescript = { name: 'typescript', command: [join(ROOT, 'bin/vestibule'), 'ssh-connect'] }
  const go = findGo()
  if (go === undefined) return [typescript]
  const program = join(folder, 'vestibule-connect')
  const words = ['build', '-trimpath', '-ldflags=-s -w', '-o', program, '.']
  execFileSync(go, words, {
    cwd: join(ROOT, 'gates/ssh/client-go'),
    env: { ...process.env, CGO_ENABLED: '0' },
  })
  return [typescript, { name: 'go', command: [program] }]
}

/** Milliseconds from the call to the end of a helper that is told too little. */
function starts([program = '', ...words]: readonly string[]): {
  medianMs: number
  leastMs: number
} {
  const times = Array.from({ length: STARTS }, () => {
    const from = performance.now()
    try {
      execFileSync(program, words, { stdio: 'ignore' })
    } catch {
      // Exit code 2: what it was called for.
    }
    return performance.now() - from
  })
  return {
    medianMs: Number(median(times).toFixed(1)),
    leastMs: Number(Math.min(...times).toFixed(1)),
  }
}

/** Seconds of one copy: the remote side reads to the end, or sends the file. */
async function copy(
  ssh: readonly string[],
  file: string,
  direction: 'up' | 'down',
): Promise<number> {
  const from = performance.now()
  const remote = direction === 'up' ? 'cat > /dev/null' : `cat ${file}`
  const shell = direction === 'up' ? 'exec ssh "$@" < "$FILE"' : 'exec ssh "$@" > /dev/null'
  const child = spawn('sh', ['-c', shell, 'sh', ...ssh, remote], {
    stdio: 'inherit',
    env: { ...process.env, FILE: file },
  })
  await once(child, 'exit')
  if (child.exitCode !== 0) throw new Error(`ssh ended with ${String(child.exitCode)}`)
  return (performance.now() - from) / 1_000
}

function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b)
  return sorted[Math.floor(sorted.length / 2)] ?? Number.NaN
}
