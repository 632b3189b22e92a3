import {
  closeSync,
  constants,
  fdatasync,
  fdatasyncSync,
  fstatSync,
  fsyncSync,
  ftruncateSync,
  openSync,
  readSync,
  rmSync,
  writeSync,
} from 'node:fs'
import { join } from 'node:path'
import { frameAt, isSound } from './record-frame.ts'

/** A file of whole frames of one partition. `bytes` counts what is committed; more may be in the file. */
export interface Segment {
  readonly id: number
  readonly baseOffset: number
  bytes: number
  readonly firstAtMs: number
  lastAtMs: number
}

/** A write that is in the file and not yet committed. */
export interface StagedWrite {
  readonly segment: Segment
  readonly fd: number
  readonly isNew: boolean
  readonly bytes: number
  readonly atMs: number
}

export interface SegmentLimits {
  readonly segmentBytes: number
  /** A segment is closed at this age, so that retention can drop it whole. */
  readonly segmentMs: number
}

/** The segments of one partition, oldest first; the last one is written to. */
export class PartitionSegments {
  readonly #folder: string
  readonly #nextId: () => number
  readonly #limits: SegmentLimits
  readonly #segments: Segment[]
  #fd: number | undefined

  /** `segments` as committed, oldest first. */
  constructor(
    folder: string,
    segments: readonly Segment[],
    limits: SegmentLimits,
    nextId: () => number,
  ) {
    this.#folder = folder
    this.#segments = [...segments]
    this.#limits = limits
    this.#nextId = nextId
  }

  get all(): readonly Segment[] {
    return this.#segments
  }

  /** Cuts what a crash left behind the committed bytes; returns how many committed bytes are gone. */
  recover(): number {
    const active = this.#segments.at(-1)
    if (active === undefined) return 0
    this.#fd = openSegment(this.#folder, active.id)
    const sound = soundBytes(this.#fd, active.bytes)
    ftruncateSync(this.#fd, sound)
    const gone = active.bytes - sound
    active.bytes = sound
    return gone
  }

  /** Puts frames into the file behind what is committed. They count once `adopt` is called. */
  stage(frames: Buffer, baseOffset: number, nowMs: number): StagedWrite {
    const active = this.#segments.at(-1)
    if (active !== undefined && this.#fd !== undefined && this.#fits(active, frames, nowMs)) {
      writeAll(this.#fd, frames, active.bytes)
      const bytes = active.bytes + frames.length
      return { segment: active, fd: this.#fd, isNew: false, bytes, atMs: nowMs }
    }
    const id = this.#nextId()
    const segment = { id, baseOffset, bytes: 0, firstAtMs: nowMs, lastAtMs: nowMs }
    const fd = openSegment(this.#folder, id)
    try {
      writeAll(fd, frames, 0)
    } catch (error) {
      closeSync(fd)
      dropSegment(this.#folder, id)
      throw error
    }
    return { segment, fd, isNew: true, bytes: frames.length, atMs: nowMs }
  }

  #fits(active: Segment, frames: Buffer, nowMs: number): boolean {
    const { segmentBytes, segmentMs } = this.#limits
    const young = nowMs - active.firstAtMs < segmentMs
    return active.bytes === 0 || (young && active.bytes + frames.length <= segmentBytes)
  }

  /** The write is committed. The file it replaces is synced and closed beside the work. */
  adopt(write: StagedWrite): void {
    write.segment.bytes = write.bytes
    write.segment.lastAtMs = write.atMs
    if (!write.isNew) return
    if (this.#fd !== undefined) syncAndClose(this.#fd)
    this.#fd = write.fd
    this.#segments.push(write.segment)
  }

  /** The write was not committed. */
  abandon(write: StagedWrite): void {
    if (!write.isNew) return
    closeSync(write.fd)
    dropSegment(this.#folder, write.segment.id)
  }

  /** Forgets the oldest segment and removes its file; the next write begins a new one if need be. */
  dropOldest(): void {
    const oldest = this.#segments.shift()
    if (this.#segments.length === 0) this.close()
    if (oldest !== undefined) dropSegment(this.#folder, oldest.id)
  }

  /** The first segment that begins behind `offset`; undefined when there is none. */
  after(offset: number): Segment | undefined {
    return this.#segments.find((segment) => segment.baseOffset > offset)
  }

  /** The segment that holds `offset`, or else the first one behind it. */
  holding(offset: number): Segment | undefined {
    const at = this.#segments.findLastIndex((segment) => segment.baseOffset <= offset)
    return this.#segments[Math.max(0, at)]
  }

  openToRead(segment: Segment): number {
    return openSync(segmentPath(this.#folder, segment.id), constants.O_RDONLY)
  }

  close(): void {
    if (this.#fd !== undefined) closeSync(this.#fd)
    this.#fd = undefined
  }
}

export function segmentPath(folder: string, id: number): string {
  return join(folder, `${String(id).padStart(12, '0')}.segment`)
}

/** Makes a new file's name durable. */
export function syncFolder(folder: string): void {
  const fd = openSync(folder, constants.O_RDONLY)
  fsyncSync(fd)
  closeSync(fd)
}

export function syncWrite(write: StagedWrite): void {
  fdatasyncSync(write.fd)
}

function openSegment(folder: string, id: number): number {
  return openSync(segmentPath(folder, id), constants.O_RDWR | constants.O_CREAT, 0o600)
}

export function dropSegment(folder: string, id: number): void {
  rmSync(segmentPath(folder, id), { force: true })
}

function syncAndClose(fd: number): void {
  fdatasync(fd, () => {
    closeSync(fd)
  })
}

function writeAll(fd: number, bytes: Buffer, position: number): void {
  let done = 0
  while (done < bytes.length) {
    done += writeSync(fd, bytes, done, bytes.length - done, position + done)
  }
}

/** How many of the first `committed` bytes are whole, sound frames. */
function soundBytes(fd: number, committed: number): number {
  const wanted = Math.min(committed, fstatSync(fd).size)
  const bytes = Buffer.allocUnsafe(wanted)
  const length = readSync(fd, bytes, 0, wanted, 0)
  let at = 0
  while (at < length) {
    const frame = frameAt(bytes.subarray(0, length), at)
    if (frame === undefined || frame === 'torn' || !isSound(frame)) break
    at += frame.length
  }
  return at
}
