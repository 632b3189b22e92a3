import { spawnSync } from 'node:child_process'
import { closeSync, mkdtempSync, openSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { makeMix, type Mix, MIXES } from './capture-files.ts'
import { countFingerprints, type Fingerprints } from './count-fingerprints.ts'
import { print } from './print.ts'

const ROOT = join(import.meta.dirname, '..')
const MEGABYTES = Number(process.env['BENCH_MEGABYTES'] ?? 200)
const ROUNDS = Number(process.env['BENCH_ROUNDS'] ?? 3)

interface Tool {
  readonly name: string
  readonly does: string
  readonly command: string
  readonly args: readonly string[]
}

/**
 * A capture file, packets to events, whole process: against tshark and ndpiReader on the same file in
 * the same run, in turn, median of the rounds. Fingerprints found are counted in what each one wrote.
 */
export function run(): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), 'vestibule-bench-'))
  try {
    for (const mix of Object.keys(MIXES)) if (isMix(mix)) compare(folder, mix)
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
  return Promise.resolve()
}

function compare(folder: string, mix: Mix): void {
  const file = join(folder, `${mix}.pcap`)
  const packets = makeMix(file, mix, MEGABYTES)
  const megabytes = Math.round(statSync(file).size / 1e6)
  const tools = toolsFor(file).filter(({ command }) => available(command))
  const seconds = new Map<string, number[]>(tools.map(({ name }) => [name, []]))
  for (let round = 0; round < ROUNDS; round += 1) {
    for (const tool of tools) seconds.get(tool.name)?.push(timed(tool, join(folder, tool.name)))
  }
  const median = (name: string): number =>
    seconds.get(name)?.toSorted((a, b) => a - b)[ROUNDS >> 1] ?? NaN
  const ours = median('vestibule')
  const counts = new Map<string, Fingerprints>()
  for (const { name, does } of tools) {
    const taken = median(name)
    counts.set(name, countFingerprints(name, join(folder, name)))
    print('capture', {
      ...{ mix, tool: name, does, packets, megabytes },
      seconds: Number(taken.toFixed(3)),
      packetsPerSecond: Math.round(packets / taken),
      timesVestibule: Number((taken / ours).toFixed(2)),
      fingerprints: counts.get(name),
    })
  }
  const [mine, theirs] = [counts.get('vestibule'), counts.get('tshark')]
  const agree = JSON.stringify(mine) === JSON.stringify(theirs)
  print('capture', { mix, check: 'fingerprints as tshark', agree, mine, theirs })
}

function isMix(name: string): name is Mix {
  return name in MIXES
}

function toolsFor(file: string): readonly Tool[] {
  const events = join(ROOT, 'bench/read-events.ts')
  return [
    {
      name: 'vestibule',
      does: 'inspect --json: every hello, connection and fault as a line of text',
      command: join(ROOT, 'bin/vestibule'),
      args: ['inspect', file, '--json'],
    },
    {
      name: 'vestibule-events',
      does: 'packets to Avro records as they go to the event log, no text',
      command: process.execPath,
      args: [events, file],
    },
    {
      name: 'tshark',
      does: 'JA3 and HASSH with the same facts, of the packets that have them',
      command: 'tshark',
      args: ['-r', file, '-n', '-Y', FINGERPRINTS.join(' || '), '-T', 'fields', ...FIELDS],
    },
    {
      name: 'ndpiReader',
      does: 'JA3 of the first hello of each flow among its other findings',
      command: 'ndpiReader',
      args: ['-i', file, '-v', '2'],
    },
  ]
}

const FINGERPRINTS = ['tls.handshake.ja3', 'ssh.kex.hassh', 'ssh.kex.hasshserver']

const FIELDS = [
  ...FINGERPRINTS,
  ...['frame.time_epoch', 'tcp.stream', 'ip.src', 'tcp.srcport', 'ip.dst', 'tcp.dstport'],
  ...['tls.handshake.ja3_full', 'tls.handshake.extensions_server_name'],
  ...['tls.handshake.extensions_alpn_str', 'tls.handshake.version', 'ssh.protocol'],
].flatMap((field) => ['-e', field])

function timed(tool: Tool, out: string): number {
  const file = openSync(out, 'w')
  const startedAt = process.hrtime.bigint()
  const done = spawnSync(tool.command, tool.args, { stdio: ['ignore', file, 'ignore'] })
  const taken = Number(process.hrtime.bigint() - startedAt) / 1e9
  closeSync(file)
  if (done.status !== 0) throw new Error(`${tool.name} failed with ${String(done.status)}`)
  return taken
}

function available(command: string): boolean {
  return command.startsWith('/') || spawnSync('which', [command]).status === 0
}
