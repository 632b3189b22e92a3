import { PopulationTable } from '../behaviour/population-table.ts'
import { singleObjectCodec } from '../lib/codec/single-object.ts'
import { ClientFold } from '../processors/client-fold/client-fold.ts'
import { Lists } from '../processors/client-fold/lists.ts'
import { toAppends } from '../processors/to-appends.ts'
import { demoEvents } from './demo-events.ts'
import { print, quantile } from './print.ts'

/** Of the demonstration: about 100 k events of 1,900 clients. */
const ROUNDS = 100
const WARM_UP = 20_000

function newFold(): ClientFold {
  const limits = { clients: 1_000_000, pairs: 1_000_000 }
  return new ClientFold({ population: new PopulationTable(), lists: new Lists() }, limits)
}

/** The first fold over the demonstration's events: alone, and with decoding, encoding and a snapshot. */
export async function run(): Promise<void> {
  await foldAlone()
  await wholeChain()
}

async function foldAlone(): Promise<void> {
  const events = await demoEvents(ROUNDS)
  const fold = newFold()
  for (const event of events.slice(0, WARM_UP)) fold.step(event)
  const samples = new Float64Array(events.length - WARM_UP)
  let outputs = 0
  const cpu = process.cpuUsage()
  const began = performance.now()
  for (let i = 0; i < samples.length; i += 1) {
    const event = events[WARM_UP + i]
    const start = performance.now()
    if (event !== undefined) outputs += fold.step(event).length
    samples[i] = (performance.now() - start) * 1000
  }
  const us = ((performance.now() - began) * 1000) / samples.length
  const { user, system } = process.cpuUsage(cpu)
  samples.sort()
  print('fold', {
    what: 'fold alone, events of the demonstration',
    meanUs: round(us),
    cpuUs: round((user + system) / samples.length),
    p50Us: round(quantile(samples, 0.5)),
    p99Us: round(quantile(samples, 0.99)),
    outputsPerEvent: round(outputs / samples.length),
    aimMeanUs: 20,
  })
}

async function wholeChain(): Promise<void> {
  const codec = singleObjectCodec()
  const events = await demoEvents(ROUNDS)
  const encoded = events.map(({ type, record }) => codec.encode(type, record))
  const fold = newFold()
  let bytes = 0
  const cpu = process.cpuUsage()
  const began = performance.now()
  for (const value of encoded) {
    const decoded = codec.decode(value)
    if (decoded.kind !== 'record') continue
    for (const records of toAppends(codec, fold.step(decoded)).values()) {
      for (const record of records) bytes += record.value?.length ?? 0
    }
  }
  let snapshot = 0
  for (const part of fold.save()) if (part.kind === 'bytes') snapshot += part.bytes.length
  const seconds = (performance.now() - began) / 1000
  const { user, system } = process.cpuUsage(cpu)
  print('fold', {
    what: 'decode, fold, encode what it emits, one snapshot; one core, cold start included',
    eventsPerSecond: Math.round(events.length / seconds),
    eventsPerCpuSecond: Math.round((events.length * 1e6) / (user + system)),
    bytesOutPerEvent: Math.round(bytes / events.length),
    snapshotBytes: snapshot,
    aimPerSecond: 30_000,
  })
}

function round(value: number): number {
  return Math.round(value * 100) / 100
}
