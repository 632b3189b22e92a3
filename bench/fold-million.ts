import { sharedMemoryLog } from '../io/event-log/memory.ts'
import { sleep } from '../io/sleep.ts'
import { PopulationTable } from '../behaviour/population-table.ts'
import { singleObjectCodec } from '../lib/codec/single-object.ts'
import { type LogRecord } from '../lib/event-log.ts'
import { ClientFold } from '../processors/client-fold/client-fold.ts'
import { Lists } from '../processors/client-fold/lists.ts'
import { SnapshotStore } from '../processors/snapshots/snapshot-store.ts'
import { T0, tlsHello } from '../test/processors/records.ts'
import { print } from './print.ts'

const STEPS = [100_000, 1_000_000] as const

function newFold(): ClientFold {
  const limits = { clients: 1_000_000, pairs: 1_000_000 }
  return new ClientFold({ population: new PopulationTable(), lists: new Lists() }, limits)
}

function clientOf(i: number): string {
  return `10.${(i >> 16) & 255}.${(i >> 8) & 255}.${i & 255}`
}

/** Clients with one hello and one fingerprint each: memory, and snapshots while events go on. */
export async function run(): Promise<void> {
  const before = process.memoryUsage.rss()
  const fold = newFold()
  let made = 0
  for (const clients of STEPS) {
    for (; made < clients; made += 1) hello(fold, made, T0 + made)
    const resident = process.memoryUsage.rss() - before
    print('fold-million', {
      what: 'resident memory',
      clients: fold.sizes.clients,
      residentBytesPerClient: Math.round(resident / clients),
      residentMegabytes: Math.round(resident / 1e6),
      aimMegabytes: 1500,
    })
  }
  await snapshots(fold)
}

/** A log that keeps nothing but the newest of each key, as the compacted topic does. */
function keepingLog() {
  const kept = new Map<string, LogRecord>()
  const log = sharedMemoryLog().connect()
  return {
    kept,
    log: {
      append: async (_topic: string, records: readonly LogRecord[]): Promise<void> => {
        for (const record of records) {
          if (record.value === null) kept.delete(record.key)
          else kept.set(record.key, record)
        }
        await sleep(0, new AbortController().signal)
      },
      follow: log.follow.bind(log),
    },
  }
}

async function snapshots(fold: ClientFold): Promise<void> {
  const { log, kept } = keepingLog()
  const store = new SnapshotStore(
    { log, codec: singleObjectCodec(), now: Date.now, sleep },
    'bench',
  )
  const lease = { group: 'bench', partitions: [], generation: 1 }
  for (const what of ['whole', 'after 10 k clients changed']) {
    const stream = streaming(fold)
    const began = performance.now()
    const parts = fold.save()
    const frozenMs = performance.now() - began
    await store.write(0, parts, [], lease)
    const ms = performance.now() - began
    const { events, longestMs } = await stream.end()
    print('fold-million', {
      what: `snapshot, ${what}`,
      ms: Math.round(ms),
      frozenMs: Math.round(frozenMs),
      longestBlockMs: Math.round(longestMs),
      eventsMeanwhile: events,
      storedMegabytes: Math.round(bytesIn(kept) / 1e6),
      aimMs: 10_000,
    })
    for (let i = 0; i < 10_000; i += 1) hello(fold, i, T0 + 5_000_000 + i)
  }
  await restore(fold)
}

/** A few events every turn of the loop, and the longest time between two turns. */
function streaming(fold: ClientFold) {
  let going = true
  let [events, longestMs] = [0, 0]
  async function go(): Promise<void> {
    let last = performance.now()
    while (going) {
      for (let i = 0; i < 10; i += 1) hello(fold, (events += 1) % 1000, T0 + 3_000_000 + events)
      await sleep(0, new AbortController().signal)
      longestMs = Math.max(longestMs, performance.now() - last)
      last = performance.now()
    }
  }
  const gone = go()
  return {
    async end() {
      going = false
      await gone
      return { events, longestMs }
    },
  }
}

async function restore(fold: ClientFold): Promise<void> {
  const parts = newSave(fold)
  const twin = newFold()
  const began = performance.now()
  let longestMs = 0
  const loader = twin.load()
  loader.next()
  for (const [i, part] of parts.entries()) {
    const start = performance.now()
    loader.next(part)
    longestMs = Math.max(longestMs, performance.now() - start)
    if (i % 16 === 0) await sleep(0, new AbortController().signal)
  }
  print('fold-million', {
    what: 'restore',
    ms: Math.round(performance.now() - began),
    longestPartMs: Math.round(longestMs),
    clients: twin.sizes.clients,
    aimMs: 10_000,
  })
}

/** Every part with its bytes: a first save of a fold that was filled alike. */
function newSave(fold: ClientFold): readonly Uint8Array[] {
  const twin = newFold()
  for (let i = 0; i < fold.sizes.clients; i += 1) hello(twin, i, T0 + i)
  return [...twin.save()].flatMap((part) => (part.kind === 'bytes' ? [part.bytes] : []))
}

function hello(fold: ClientFold, i: number, at: number): void {
  fold.step({ type: 'TlsHello', record: tlsHello(clientOf(i), at) })
}

function bytesIn(kept: ReadonlyMap<string, LogRecord>): number {
  let bytes = 0
  for (const { value } of kept.values()) bytes += value?.length ?? 0
  return bytes
}
