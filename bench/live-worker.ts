import { openLiveCapture } from '../io/capture/open-live-capture.ts'
import { singleObjectCodec } from '../lib/codec/single-object.ts'
import { recordKey } from '../lib/record-key.ts'
import { createObserver } from '../producers/observe.ts'
import { quantile } from './print.ts'

/** A capture process of the live bench: `live-worker.ts INTERFACE FILTER`, told to stop by its parent. */
const [name = '', filter = ''] = process.argv.slice(2)
/** Without a packet for so long, all that was captured has been read. */
const QUIET_MS = 1000
const MAX_SAMPLES = 5_000_000

let [packets, dropped, records] = [0, 0, 0]
const stop = new AbortController()
const capture = await openLiveCapture({ interface: name, filter, signal: stop.signal })
if ('code' in capture) throw new Error(capture.message)
process.on('message', () => {
  let before = -1
  setInterval(() => {
    if (packets === before) stop.abort()
    before = packets
  }, QUIET_MS)
})
const observer = createObserver({ sensor: 'bench', site: 'bench', source: 'tap' })
const codec = singleObjectCodec()
const latencies = new Float64Array(MAX_SAMPLES)
const began = process.cpuUsage()
process.send?.('ready')

for await (const item of capture.items) {
  if (item.kind === 'statistics') dropped = item.statistics.dropped
  if (item.kind !== 'frames') continue
  for (const frame of item.frames) {
    observer.packet(frame)
    const now = (performance.timeOrigin + performance.now()) * 1000
    latencies[packets % MAX_SAMPLES] = now - frame.capturedAt
    packets += 1
  }
  for (const any of observer.take()) {
    codec.encode(any.type, any.record, recordKey(any))
    records += 1
  }
}
const sorted = latencies.subarray(0, Math.min(packets, MAX_SAMPLES)).sort()
const ms = (share: number): number => Number((quantile(sorted, share) / 1000).toFixed(2))
const { user, system } = process.cpuUsage(began)
const told = { p50: ms(0.5), p99: ms(0.99), max: ms(1), cpuSeconds: (user + system) / 1e6 }
process.send?.({ packets, dropped, records, ...told }, () => process.exit(0))
