import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { singleObjectCodec } from '../lib/codec/single-object.ts'
import { type AnyRecord } from '../lib/codec/codec.ts'
import { PopulationTable } from '../behaviour/population-table.ts'
import { ClientFold } from '../processors/client-fold/client-fold.ts'
import { Lists } from '../processors/client-fold/lists.ts'
import { toAppends } from '../processors/to-appends.ts'
import {
  SECOND,
  sshAttempt,
  sshConnection,
  T0,
  tlsHandshake,
  tlsHello,
} from '../test/processors/records.ts'
import { print, quantile } from './print.ts'

const EVENTS = 100_000
const CLIENTS = 100_000

/** A mix by made-up clients: hellos and their ends, SSH greetings and attempts; `clients` of them. */
function mix(events: number, clients: number): AnyRecord[] {
  return Array.from({ length: events }, (_, i): AnyRecord => {
    const n = (Math.imul(i, 2654435761) >>> 0) % clients
    const client = `10.${(n >> 16) & 255}.${(n >> 8) & 255}.${n & 255}`
    const at = T0 + Math.floor((i * SECOND) / 1000)
    switch (i % 10) {
      case 0:
        return { type: 'SshConnection', record: sshConnection(client, at) }
      case 1:
        return { type: 'SshAuthAttempt', record: sshAttempt(client, at, { result: 'accepted' }) }
      case 2:
      case 3:
      case 4:
        return { type: 'TlsHandshake', record: tlsHandshake(client, at) }
      default:
        return { type: 'TlsHello', record: tlsHello(client, at, { stableKey: `key-${n % 40}` }) }
    }
  })
}

function newFold(): ClientFold {
  const limits = { clients: 1_000_000, pairs: 1_000_000 }
  return new ClientFold({ population: new PopulationTable(), lists: new Lists() }, limits)
}

/** The first fold: alone, with decoding and encoding, and the memory of many clients. */
export function run(): Promise<void> {
  foldAlone()
  wholeChain()
  memory()
  return Promise.resolve()
}

function foldAlone(): void {
  const events = mix(EVENTS, 10_000)
  const fold = newFold()
  for (const event of events.slice(0, 20_000)) fold.step(event)
  const samples = new Float64Array(EVENTS - 20_000)
  let outputs = 0
  const began = performance.now()
  events.slice(20_000).forEach((event, i) => {
    const start = performance.now()
    outputs += fold.step(event).length
    samples[i] = (performance.now() - start) * 1000
  })
  const us = ((performance.now() - began) * 1000) / samples.length
  samples.sort()
  print('fold', {
    what: 'fold alone, 10 k clients',
    meanUs: round(us),
    p50Us: round(quantile(samples, 0.5)),
    p99Us: round(quantile(samples, 0.99)),
    outputsPerEvent: round(outputs / samples.length),
    aimMeanUs: 20,
  })
}

function wholeChain(): void {
  const codec = singleObjectCodec()
  const encoded = mix(EVENTS, 10_000).map(({ type, record }) => codec.encode(type, record))
  const fold = newFold()
  let bytes = 0
  const began = performance.now()
  for (const value of encoded) {
    const decoded = codec.decode(value)
    if (decoded.kind !== 'record') continue
    for (const records of toAppends(codec, fold.step(decoded)).values()) {
      for (const record of records) bytes += record.value?.length ?? 0
    }
  }
  const seconds = (performance.now() - began) / 1000
  print('fold', {
    what: 'decode, fold, encode what it emits; one core',
    eventsPerSecond: Math.round(EVENTS / seconds),
    bytesOutPerEvent: Math.round(bytes / EVENTS),
    aimPerSecond: 30_000,
  })
}

function memory(): void {
  const before = heldBytes()
  const fold = newFold()
  for (let i = 0; i < CLIENTS; i += 1) {
    const client = `10.${(i >> 16) & 255}.${(i >> 8) & 255}.${i & 255}`
    fold.step({ type: 'TlsHello', record: tlsHello(client, T0 + i) })
  }
  const resident = heldBytes() - before
  const began = performance.now()
  const saved = fold.save()
  const savedMs = performance.now() - began
  const twin = newFold()
  const loading = performance.now()
  twin.load(saved)
  print('fold', {
    what: `${CLIENTS} clients with one fingerprint each`,
    heldBytesPerClient: Math.round(resident / CLIENTS),
    snapshotBytesPerClient: Math.round(saved.length / CLIENTS),
    snapshotMs: Math.round(savedMs),
    restoreMs: Math.round(performance.now() - loading),
    clients: fold.sizes.clients,
  })
}

/** Heap and typed arrays after a full collection. */
function heldBytes(): number {
  setFlagsFromString('--expose-gc')
  const collect: unknown = runInNewContext('gc')
  if (typeof collect === 'function') Reflect.apply(collect, undefined, [])
  const { heapUsed, arrayBuffers } = process.memoryUsage()
  return heapUsed + arrayBuffers
}

function round(value: number): number {
  return Math.round(value * 100) / 100
}
