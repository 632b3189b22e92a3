import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { createSocket } from 'node:dgram'
import { openLiveCapture } from '../io/capture/open-live-capture.ts'
import { type LiveCapture } from '../io/capture/live-options.ts'

const SECONDS = 4
const RATES = [20_000, 40_000]
const IPV4_AND_UDP = 14 + 20 + 8

/** Loss and latency from wire to parent process, one setting throughout, on loopback. Needs root. */
export async function run(): Promise<void> {
  for (const driver of ['pcap', 'tcpdump'] as const) {
    for (const rate of RATES) await measure(driver, rate)
  }
}

async function measure(driver: LiveCapture['driver'], rate: number): Promise<void> {
  const sink = createSocket('udp4').bind(0, '127.0.0.1')
  await once(sink, 'listening')
  const { port } = sink.address()
  const stop = new AbortController()
  const filter = `udp dst port ${port}`
  const capture = await openLiveCapture({ interface: 'lo', filter, driver, signal: stop.signal })
  if ('code' in capture) {
    console.log(JSON.stringify({ bench: 'capture-live', driver, skipped: capture.message }))
    sink.close()
    return
  }
  const sender = spawn(process.execPath, ['-e', sending(port, rate)], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  let sent = 0
  sender.stdout.on('data', (text: Buffer) => (sent = Number(text.toString())))
  sender.once('close', () =>
    setTimeout(() => {
      stop.abort()
    }, 300),
  )
  const latencies: number[] = []
  let dropped = 0
  for await (const item of capture.items) {
    if (item.kind === 'statistics') dropped = item.statistics.dropped
    if (item.kind !== 'frames') continue
    const now = performance.timeOrigin + performance.now()
    for (const frame of item.frames) latencies.push(now - sentAt(frame.bytes))
  }
  sink.close()
  latencies.sort((a, b) => a - b)
  const at = (part: number) =>
    Number((latencies[Math.floor(latencies.length * part)] ?? 0).toFixed(2))
  console.log(
    JSON.stringify({
      bench: 'capture-live',
      driver,
      packetsPerSecond: Math.round(sent / SECONDS),
      sent,
      captured: latencies.length,
      lost: sent - latencies.length,
      kernelDropped: dropped,
      latencyMs: { p50: at(0.5), p99: at(0.99), max: at(0.99999) },
    }),
  )
}

function sentAt(frame: Uint8Array): number {
  const view = new DataView(frame.buffer, frame.byteOffset, frame.byteLength)
  return view.getFloat64(IPV4_AND_UDP)
}

/** A process that sends datagrams of 500 bytes, each beginning with the time. */
function sending(port: number, rate: number): string {
  return `const s = require('node:dgram').createSocket('udp4')
    const b = Buffer.alloc(500)
    const now = () => performance.timeOrigin + performance.now()
    const begun = now()
    let sent = 0
    s.connect(${port}, '127.0.0.1', () => {
      const timer = setInterval(() => {
        const due = Math.min((now() - begun) / 1000, ${SECONDS}) * ${rate}
        while (sent < due) { const c = Buffer.from(b); c.writeDoubleBE(now()); s.send(c); sent++ }
        if (now() - begun > ${SECONDS * 1000}) { clearInterval(timer); s.close(() => console.log(sent)) }
      }, 1)
    })`
}
