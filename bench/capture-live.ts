import { spawn, spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync, statSync } from 'node:fs'
import { loadavg, tmpdir } from 'node:os'
import { join } from 'node:path'
import { makeMix } from './capture-files.ts'
import { startWorkers, type Captured } from './live-workers.ts'
import { print } from './print.ts'

/** Packets per second at which loss and latency are measured together. */
const SETTING = 20_000
/** Then upwards until packets are lost. */
const STEPS = [40_000, 60_000, 80_000, 110_000, 150_000, 200_000, 300_000]
const SECONDS = 5

interface Mirror {
  readonly inside: string
  readonly outside: string
  readonly namespace: string
}

/**
 * A mirror port: tcpreplay sends real handshakes into one end of a veth pair inside a network
 * namespace, and one or two capture processes at the other end make records of them. Two share the
 * packets by the lowest bit of both addresses together, in the kernel's filter (npm's pcap has no
 * PACKET_FANOUT). Latency is from the kernel's time stamp to the observer. Needs root and tcpreplay.
 */
export async function run(): Promise<void> {
  const missing = whatIsMissing()
  if (missing !== undefined) {
    print('capture-live', { skipped: missing })
    return
  }
  const folder = mkdtempSync(join(tmpdir(), 'vestibule-bench-'))
  const mirror = {
    inside: `vbi${process.pid}`,
    outside: `vbo${process.pid}`,
    namespace: `vb${process.pid}`,
  }
  try {
    const file = join(folder, 'mirror.pcap')
    const packets = makeMix(file, 'handshakes', 240)
    const bytesPerPacket = (statSync(file).size - 24) / packets - 16
    open(mirror)
    for (const processes of [1, 2]) {
      await measure(mirror, file, SETTING, processes, bytesPerPacket)
      for (const rate of STEPS) {
        const { lost } = await measure(mirror, file, rate, processes, bytesPerPacket)
        if (lost > 0) break
      }
    }
  } finally {
    ip('netns', 'delete', mirror.namespace)
    ip('link', 'delete', mirror.outside)
    rmSync(folder, { recursive: true, force: true })
  }
}

function whatIsMissing(): string | undefined {
  if (process.getuid?.() !== 0) return 'needs root, for network namespaces'
  if (spawnSync('which', ['tcpreplay']).status !== 0) return 'needs tcpreplay (make setup-corpus)'
  const name = `vbt${process.pid}`
  if (!ip('netns', 'add', name)) return 'this machine gives no network namespaces'
  ip('netns', 'delete', name)
  return undefined
}

function ip(...words: readonly string[]): boolean {
  return spawnSync('ip', words, { stdio: 'ignore' }).status === 0
}

function open({ inside, outside, namespace }: Mirror): void {
  const quiet = ['addrgenmode', 'none']
  const done =
    ip('netns', 'add', namespace) &&
    ip('link', 'add', outside, 'type', 'veth', 'peer', 'name', inside, 'netns', namespace) &&
    ip('link', 'set', outside, ...quiet, 'up') &&
    ip('-n', namespace, 'link', 'set', inside, ...quiet, 'up')
  if (!done) throw new Error('the veth pair could not be made')
}

async function measure(
  mirror: Mirror,
  file: string,
  rate: number,
  processes: number,
  bytesPerPacket: number,
): Promise<{ readonly lost: number }> {
  const workers = await startWorkers(mirror.outside, processes)
  const { sent, seconds } = await send(mirror, file, rate)
  const captured = await workers.stop()
  const sum = (of: (one: Captured) => number): number =>
    captured.reduce((total, one) => total + of(one), 0)
  const lost = sent - sum((one) => one.packets)
  const perSecond = sent / seconds
  print('capture-live', {
    ...{ processes, asked: rate, packetsPerSecond: Math.round(perSecond) },
    megabitsPerSecond: Math.round((perSecond * bytesPerPacket * 8) / 1e6),
    ...{ sent, lost, lostShare: Number((lost / sent).toFixed(5)) },
    kernelDropped: sum((one) => one.dropped),
    records: sum((one) => one.records),
    latencyMs: {
      p50: Math.max(...captured.map((one) => one.p50)),
      p99: Math.max(...captured.map((one) => one.p99)),
      max: Math.max(...captured.map((one) => one.max)),
    },
    cpuSeconds: Number(sum((one) => one.cpuSeconds).toFixed(1)),
    machineLoad: Number((loadavg()[0] ?? 0).toFixed(1)),
  })
  return { lost }
}

/** Sends the file at the rate, from its start again when it is too short. */
async function send(
  { namespace, inside }: Mirror,
  file: string,
  rate: number,
): Promise<{ readonly sent: number; readonly seconds: number }> {
  const limits = ['--limit', String(rate * SECONDS), '--loop', '0', '--preload-pcap']
  const words = ['tcpreplay', '-q', '-i', inside, '--pps', String(rate), ...limits, file]
  const child = spawn('ip', ['netns', 'exec', namespace, ...words], {
    stdio: ['ignore', 'pipe', 'ignore'],
    timeout: SECONDS * 6000,
  })
  let said = ''
  for await (const text of child.stdout) said += String(text)
  const [, packets = '0', , seconds = '1'] =
    /Actual: (\d+) packets \((\d+) bytes\) sent in ([\d.]+) seconds/.exec(said) ?? []
  return { sent: Number(packets), seconds: Number(seconds) }
}
