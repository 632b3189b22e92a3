import { spawnSync } from 'node:child_process'
import { existsSync, mkdtempSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { makeCapture } from './make-capture.ts'
import { print } from './print.ts'

const ROOT = join(import.meta.dirname, '..')
const ROUNDS = 3

/**
 * A capture file, packets to events, whole process: `vestibule inspect --json` against tshark and
 * ndpiReader on the same file in the same run, in turn, median of three.
 */
export function run(): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), 'vestibule-bench-'))
  const file = join(folder, 'large.pcap')
  const fixtures = ['tls', 'ssh'].map((kind) => join(ROOT, 'test/fixtures', kind))
  const packets = makeCapture(
    fixtures.filter((path) => existsSync(path)),
    file,
    400,
  )
  const tools = toolsFor(file).filter(({ command }) => available(command))
  const seconds = new Map<string, number[]>(tools.map(({ name }) => [name, []]))
  for (let round = 0; round < ROUNDS; round += 1) {
    for (const tool of tools) {
      const startedAt = process.hrtime.bigint()
      const done = spawnSync(tool.command, tool.args, { stdio: ['ignore', 'ignore', 'ignore'] })
      if (done.status !== 0) throw new Error(`${tool.name} failed with ${String(done.status)}`)
      seconds.get(tool.name)?.push(Number(process.hrtime.bigint() - startedAt) / 1e9)
    }
  }
  const median = (name: string): number => seconds.get(name)?.toSorted((a, b) => a - b)[1] ?? NaN
  const ours = median('vestibule')
  for (const { name } of tools) {
    print('capture', {
      tool: name,
      seconds: Number(median(name).toFixed(3)),
      packetsPerSecond: Math.round(packets / median(name)),
      timesVestibule: Number((median(name) / ours).toFixed(2)),
      packets,
      megabytes: Math.round(statSync(file).size / 1e6),
    })
  }
  rmSync(folder, { recursive: true, force: true })
  return Promise.resolve()
}

interface Tool {
  readonly name: string
  readonly command: string
  readonly args: readonly string[]
}

function toolsFor(file: string): readonly Tool[] {
  const fields = ['tcp.stream', 'tls.handshake.ja3', 'ssh.kex.hassh', 'ssh.kex.hasshserver']
  return [
    {
      name: 'vestibule',
      command: process.execPath,
      args: [join(ROOT, 'cli/main.ts'), 'inspect', file, '--json'],
    },
    {
      name: 'tshark',
      command: 'tshark',
      args: ['-r', file, '-n', '-T', 'fields', ...fields.flatMap((field) => ['-e', field])],
    },
    { name: 'ndpiReader', command: 'ndpiReader', args: ['-i', file, '-v', '2'] },
  ]
}

function available(command: string): boolean {
  return command.startsWith('/') || spawnSync('which', [command]).status === 0
}
