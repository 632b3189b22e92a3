import { gunzipSync, zstdDecompressSync } from 'node:zlib'
import { type Fetched } from './kafka-client.ts'

/** Bytes of a batch once decompressed, at most: four times what any writer of ours puts into one. */
export const MOST_BATCH_BYTES = 4 * 1024 * 1024
/** From the first offset to the number of records (Kafka protocol, record batch of magic 2). */
const HEADER_BYTES = 61
const LENGTH_END = 12
const CHECKED_FROM = 21
const MAGIC = 2
const CODECS = 0b111
const APPEND_TIME = 1 << 3
const TRANSACTIONAL = 1 << 4
const CONTROL = 1 << 5
const ABORT_MARKER = 0
/** What is shown of bytes that are no records. */
const FIRST_BYTES = 32

/** A transaction that was undone: its records begin here and end at its producer's next marker. */
export interface Undone {
  readonly producerId: number
  readonly firstOffset: number
}

export type Checksum = (bytes: Uint8Array) => number

type KafkaRecords = Fetched['records']

interface Header {
  readonly first: number
  readonly last: number
  readonly attributes: number
  readonly firstMs: number
  readonly maxMs: number
  readonly producerId: number
  readonly count: number
}

/**
 * What a reader may see of a fetched partition from `at` on: no control records, none of transactions that
 * were undone, nothing of a batch that was cut off. A batch whose bytes are no records, or that swells
 * beyond a bound when it is decompressed, is given as one record, of its first bytes, at its last offset:
 * nobody can decode it, so it goes where such records go, and the reading goes on behind it. Both libraries'
 * own parsers check no sum, decompress without a bound, and leave a reader at such a batch for ever.
 */
export function committedRecords(
  bytes: Buffer,
  aborted: readonly Undone[],
  at: number,
  checksum: Checksum,
): Pick<Fetched, 'records' | 'next'> {
  const undone = [...aborted].sort((a, b) => a.firstOffset - b.firstOffset)
  const undoing = new Set<number>()
  const records: KafkaRecords[number][] = []
  let next = at
  for (let from = 0; from + HEADER_BYTES <= bytes.length;) {
    const end = from + LENGTH_END + bytes.readInt32BE(from + 8)
    if (end > bytes.length || end < from + HEADER_BYTES) break
    const batch = bytes.subarray(from, end)
    from = end
    const header = headerOf(batch)
    next = Math.max(next, header.last + 1)
    while (undone[0] !== undefined && undone[0].firstOffset <= header.last) {
      undoing.add(undone.shift()?.producerId ?? -1)
    }
    if ((header.attributes & CONTROL) !== 0) {
      if (isAbort(batch, header)) undoing.delete(header.producerId)
      continue
    }
    if ((header.attributes & TRANSACTIONAL) !== 0 && undoing.has(header.producerId)) continue
    for (const record of recordsIn(batch, header, checksum)) {
      if (record.offset >= at) records.push(record)
    }
  }
  return { records, next }
}

function headerOf(batch: Buffer): Header {
  const first = Number(batch.readBigInt64BE(0))
  return {
    first,
    last: first + batch.readInt32BE(23),
    attributes: batch.readInt16BE(21),
    firstMs: Number(batch.readBigInt64BE(27)),
    maxMs: Number(batch.readBigInt64BE(35)),
    producerId: Number(batch.readBigInt64BE(43)),
    count: batch.readInt32BE(57),
  }
}

function recordsIn(batch: Buffer, header: Header, checksum: Checksum): KafkaRecords {
  const body = bodyOf(batch, header, checksum)
  const records = body === undefined ? undefined : new Records(body, header).all()
  if (records !== undefined) return records
  const value = Buffer.from(batch.subarray(HEADER_BYTES, HEADER_BYTES + FIRST_BYTES))
  return [{ key: '', value, timestampMs: header.maxMs, offset: header.last, arrivedMs: undefined }]
}

/** Undefined when it is not what was written, or more than it may be. */
function bodyOf(batch: Buffer, { attributes }: Header, checksum: Checksum): Buffer | undefined {
  if (batch.readInt8(16) !== MAGIC) return undefined
  if (batch.readUInt32BE(17) !== checksum(batch.subarray(CHECKED_FROM))) return undefined
  const body = batch.subarray(HEADER_BYTES)
  try {
    switch (attributes & CODECS) {
      case 0:
        return body
      case 1:
        return gunzipSync(body, { maxOutputLength: MOST_BATCH_BYTES })
      case 4:
        return zstdDecompressSync(body, { maxOutputLength: MOST_BATCH_BYTES })
      default:
        return undefined
    }
  } catch {
    // Not compressed bytes, or more than the bound: node:zlib throws for nothing else here.
    return undefined
  }
}

/** The key of a control record is version and type, 16 bits each. */
function isAbort(batch: Buffer, header: Header): boolean {
  const marker = new Records(batch.subarray(HEADER_BYTES), header).keyBytes()
  return marker !== undefined && marker.length >= 4 && marker.readInt16BE(2) === ABORT_MARKER
}

/** Reads records: each has its length, attributes, time and offset as distances, key, value, headers. */
class Records {
  readonly #bytes: Buffer
  readonly #header: Header
  #at = 0
  #broken = false

  constructor(bytes: Buffer, header: Header) {
    this.#bytes = bytes
    this.#header = header
  }

  /** Undefined when the bytes are not so many records, no more and no less. */
  all(): KafkaRecords | undefined {
    const { first, firstMs, maxMs, attributes, count } = this.#header
    const arrivedMs = (attributes & APPEND_TIME) === 0 ? undefined : maxMs
    const records: KafkaRecords[number][] = []
    for (let left = count; left > 0; left -= 1) {
      const end = this.#begin()
      const timestampMs = firstMs + this.#signed()
      const offset = first + this.#signed()
      const key = this.#field()
      const value = this.#field() ?? null
      if (this.#broken || this.#at > end || end > this.#bytes.length) return undefined
      this.#at = end
      records.push({ key: key?.toString() ?? '', value, timestampMs, offset, arrivedMs })
    }
    return this.#at === this.#bytes.length ? records : undefined
  }

  keyBytes(): Buffer | undefined {
    this.#begin()
    this.#signed()
    this.#signed()
    return this.#field()
  }

  /** Behind length and attributes; the end of the record. */
  #begin(): number {
    const length = this.#signed()
    const end = this.#at + length
    this.#at += 1
    return length < 0 ? Infinity : end
  }

  /** Null when its length is -1. */
  #field(): Buffer | undefined {
    const length = this.#signed()
    if (length < 0) return undefined
    const start = this.#at
    this.#at += length
    if (this.#at > this.#bytes.length) this.#broken = true
    return this.#bytes.subarray(start, this.#at)
  }

  /** ZigZag of 64 bits, seven a byte; numbers here are exact up to 2^53. */
  #signed(): number {
    let value = 0
    let scale = 1
    for (let n = 0; n < 10; n += 1) {
      const byte = this.#bytes[this.#at++]
      if (byte === undefined) break
      value += (byte & 0x7f) * scale
      if (byte < 0x80) return value % 2 === 0 ? value / 2 : -(value + 1) / 2
      scale *= 128
    }
    this.#broken = true
    return 0
  }
}
