import { netOf } from '../../behaviour/entity.ts'
import { CountCusum, type CusumState } from '../../behaviour/models/count-cusum.ts'
import { type ByteReader } from '../state/byte-reader.ts'
import { type ByteWriter } from '../state/byte-writer.ts'

const HOUR_MS = 3_600_000
/** Level of an alarm over all programs, nats; of one program more, for there are many of them. */
const THRESHOLD = { all: 9, program: 12 } as const
/** An alarm is about at least so many sources, of so many networks: two friends are no campaign. */
const LEAST = { sources: 5, networks: 3 } as const
/** Programs watched apart at most, and newcomers counted in an hour. */
const MOST_PROGRAMS = 32
const MOST_NEWCOMERS = 20_000
/** Clients of the rise that an alarm remembers. */
const MOST_SOURCES = 10_000
/** A program nobody came with for two weeks is watched no more. */
const FORGOTTEN_HOURS = 336

/** How a site stands at the end of an hour. */
export interface HourReport {
  /** Start of the hour after it, milliseconds. */
  readonly atMs: number
  /** The stream that rises most; `all` or a program's fingerprint. */
  readonly stream: string
  readonly state: CusumState
  /** Whether an alarm is on, and whether it was before this hour. */
  readonly alarmed: boolean
  readonly wasAlarmed: boolean
  /** Clients that came and failed since the rise began, and their networks. */
  readonly sources: number
  readonly networks: number
  /** The program most of them came with, and its share. */
  readonly program: string
  readonly programShare: number
}

interface Stream {
  readonly cusum: CountCusum
  count: number
  lastHour: number
}

/**
 * Watches one site for campaigns of many sources, none of which does enough to be noticed: hourly counts of
 * clients that nobody knows and that failed to log in, over all and by program. A client counts once a day.
 * Late newcomers count in the current hour; a client that then logs in within the hour counts no more.
 */
export class CampaignWatch {
  #hour = 0
  #alarmed = false
  readonly #newcomers = new Map<string, string>()
  readonly #streams = new Map<string, Stream>()
  readonly #sources = new Map<string, string>()

  get alarmed(): boolean {
    return this.#alarmed
  }

  /** A client nobody knows failed for the first time today. Reports of the hours that ended by then. */
  fail(client: string, program: string, atMs: number): readonly HourReport[] {
    const reports = this.advance(atMs)
    if (this.#newcomers.size < MOST_NEWCOMERS) this.#newcomers.set(client, program)
    return reports
  }

  /** It logged in after all. */
  succeed(client: string, atMs: number): readonly HourReport[] {
    const reports = this.advance(atMs)
    this.#newcomers.delete(client)
    this.#sources.delete(client)
    return reports
  }

  /** Forgets a client. */
  erase(client: string): void {
    this.#newcomers.delete(client)
    this.#sources.delete(client)
  }

  advance(atMs: number): readonly HourReport[] {
    const hour = Math.floor(atMs / HOUR_MS)
    if (this.#hour === 0) this.#hour = hour
    if (hour <= this.#hour) return []
    const report = this.#end(this.#hour + 1)
    const idle = hour - this.#hour - 1
    this.#hour = hour
    if (idle === 0) return [report]
    for (const stream of this.#streams.values()) stream.cusum.skip(idle - 1)
    return [report, this.#end(hour)]
  }

  #end(hourAfter: number): HourReport {
    this.#streamOf('all')
    for (const [client, program] of this.#newcomers) {
      this.#streamOf('all').count += 1
      if (program !== '') this.#streamOf(program).count += 1
      if (this.#sources.size < MOST_SOURCES) this.#sources.set(client, program)
    }
    this.#newcomers.clear()
    let [name, most]: readonly [string, CusumState] = ['all', QUIET]
    for (const [key, stream] of this.#streams) {
      const state = stream.cusum.add(stream.count)
      if (stream.count > 0) stream.lastHour = hourAfter
      stream.count = 0
      const louder = state.alarmed === most.alarmed ? state.level > most.level : state.alarmed
      if (louder) [name, most] = [key, state]
      if (key !== 'all' && hourAfter - stream.lastHour > FORGOTTEN_HOURS) this.#streams.delete(key)
    }
    const wasAlarmed = this.#alarmed
    if (most.level === 0) this.#sources.clear()
    const among = this.#among(name)
    const { sources, networks } = among
    const many = sources >= LEAST.sources && networks >= LEAST.networks
    this.#alarmed = most.alarmed && (many || wasAlarmed)
    return {
      ...{ atMs: hourAfter * HOUR_MS, stream: name, state: most },
      ...{ alarmed: this.#alarmed, wasAlarmed, ...among },
    }
  }

  /** Of the sources of a stream's rise. */
  #among(stream: string): Pick<HourReport, 'sources' | 'networks' | 'program' | 'programShare'> {
    const networks = new Set<string>()
    const programs = new Map<string, number>()
    let sources = 0
    for (const [client, program] of this.#sources) {
      if (stream !== 'all' && program !== stream) continue
      sources += 1
      networks.add(netOf(client))
      programs.set(program, (programs.get(program) ?? 0) + 1)
    }
    let [program, most] = ['', 0]
    for (const [key, n] of programs) if (n > most) [program, most] = [key, n]
    const programShare = sources === 0 ? 0 : most / sources
    return { sources, networks: networks.size, program, programShare }
  }

  /** A program that comes when all places are taken is counted among all only. */
  #streamOf(key: string): Stream {
    const known = this.#streams.get(key)
    if (known !== undefined) return known
    const threshold = key === 'all' ? THRESHOLD.all : THRESHOLD.program
    const made = { cusum: new CountCusum(threshold), count: 0, lastHour: this.#hour }
    // A program nobody came with before: hours without it are what is usual of it.
    made.cusum.skip(this.#streams.get('all')?.cusum.hoursLearned ?? 0)
    if (this.#streams.size <= MOST_PROGRAMS) this.#streams.set(key, made)
    return made
  }

  save(to: ByteWriter): void {
    to.u32(this.#hour)
    to.u8(this.#alarmed ? 1 : 0)
    saveTexts(to, this.#newcomers)
    saveTexts(to, this.#sources)
    to.u32(this.#streams.size)
    for (const [key, { cusum, count, lastHour }] of this.#streams) {
      const { learned, level, alarmed, risingHours, alarmedHours } = cusum.save()
      to.text(key)
      to.u32(count)
      to.u32(lastHour)
      to.u32(learned.length)
      for (const hour of learned) to.u32(hour)
      to.f64(level)
      to.u8(alarmed ? 1 : 0)
      to.u32(risingHours)
      to.u32(alarmedHours)
    }
  }

  load(from: ByteReader): void {
    this.#hour = from.u32()
    this.#alarmed = from.u8() === 1
    loadTexts(from, this.#newcomers)
    loadTexts(from, this.#sources)
    for (let left = from.u32(); left > 0; left -= 1) {
      const key = from.text()
      const threshold = key === 'all' ? THRESHOLD.all : THRESHOLD.program
      const stream = {
        cusum: new CountCusum(threshold),
        count: from.u32(),
        lastHour: from.u32(),
      }
      const learned = Array.from({ length: from.u32() }, () => from.u32())
      const level = from.f64()
      const alarmed = from.u8() === 1
      stream.cusum.load({
        learned,
        level,
        alarmed,
        risingHours: from.u32(),
        alarmedHours: from.u32(),
      })
      this.#streams.set(key, stream)
    }
  }
}

const QUIET: CusumState = { level: 0, alarmed: false, risingHours: 0, usual: 0 }

function saveTexts(to: ByteWriter, texts: ReadonlyMap<string, string>): void {
  to.u32(texts.size)
  for (const [key, value] of texts) {
    to.text(key)
    to.text(value)
  }
}

function loadTexts(from: ByteReader, texts: Map<string, string>): void {
  for (let left = from.u32(); left > 0; left -= 1) texts.set(from.text(), from.text())
}
