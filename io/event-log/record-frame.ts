import { crc32 } from 'node:zlib'
import { type LogRecord } from '../../lib/event-log.ts'

/**
 * One record as bytes, the same on the socket and in a segment file, so that the owner forwards what
 * it stored without looking inside. Little-endian:
 * size u32 (of all), crc u32 (CRC-32 of what follows), flags u8, topic u8, partition u16,
 * sequence f64, offset f64, timestampMs f64, key length u32, arrivedMs f64 (where the flag says so: the
 * first logs had none), key, value.
 */
export const FRAME_HEADER_BYTES = 48
const HEADER_BYTES_AT_FIRST = 40
/** Key and value of one record together, at most. Kafka's topics are made with the same limit. */
export const MAX_RECORD_BYTES = 1024 * 1024
export const MAX_FRAME_BYTES = FRAME_HEADER_BYTES + MAX_RECORD_BYTES

const CRC_AT = 4
const BODY_AT = 8
const TOPIC_AT = 9
const PARTITION_AT = 10
const SEQUENCE_AT = 12
const OFFSET_AT = 20
const TIMESTAMP_AT = 28
const KEY_LENGTH_AT = 36
const ARRIVED_AT = 40
const TOMBSTONE = 1
const HAS_ARRIVAL = 2

/** Bytes a record takes as a frame. */
export function frameBytes(record: LogRecord): number {
  return FRAME_HEADER_BYTES + Buffer.byteLength(record.key) + (record.value?.length ?? 0)
}

/** Writes a record that has no place in the log yet; returns where the next one begins. */
export function writeFrame(into: Buffer, at: number, topic: number, record: LogRecord): number {
  const keyBytes = into.write(record.key, at + FRAME_HEADER_BYTES)
  const valueAt = at + FRAME_HEADER_BYTES + keyBytes
  if (record.value !== null) into.set(record.value, valueAt)
  const end = valueAt + (record.value?.length ?? 0)
  into.writeUInt32LE(end - at, at)
  into.writeUInt32LE(0, at + CRC_AT)
  into[at + BODY_AT] = HAS_ARRIVAL | (record.value === null ? TOMBSTONE : 0)
  into[at + TOPIC_AT] = topic
  into.writeUInt16LE(0, at + PARTITION_AT)
  into.writeDoubleLE(0, at + SEQUENCE_AT)
  into.writeDoubleLE(0, at + OFFSET_AT)
  into.writeDoubleLE(record.timestampMs, at + TIMESTAMP_AT)
  into.writeUInt32LE(keyBytes, at + KEY_LENGTH_AT)
  into.writeDoubleLE(0, at + ARRIVED_AT)
  return end
}

export interface Place {
  readonly topic: number
  readonly partition: number
  readonly offset: number
  /** Position among all records of the log. */
  readonly sequence: number
  /** By the owner's clock, milliseconds since 1970. */
  readonly arrivedMs: number
}

/** Gives the frame its place and its checksum; the owner's last touch before it is stored. */
export function stampFrame(frame: Buffer, place: Place): void {
  frame[TOPIC_AT] = place.topic
  frame.writeUInt16LE(place.partition, PARTITION_AT)
  frame.writeDoubleLE(place.sequence, SEQUENCE_AT)
  frame.writeDoubleLE(place.offset, OFFSET_AT)
  if (hasArrival(frame)) frame.writeDoubleLE(place.arrivedMs, ARRIVED_AT)
  frame.writeUInt32LE(crc32(frame.subarray(BODY_AT)), CRC_AT)
}

/**
 * The frame that begins at `at`, or undefined when the bytes at hand end inside it. A size no frame
 * can have gives 'torn': what follows cannot be read.
 */
export function frameAt(bytes: Buffer, at: number): Buffer | 'torn' | undefined {
  if (bytes.length - at < HEADER_BYTES_AT_FIRST) return undefined
  const size = bytes.readUInt32LE(at)
  if (size < HEADER_BYTES_AT_FIRST || size > MAX_FRAME_BYTES) return 'torn'
  if (bytes.length - at < size) return undefined
  const frame = bytes.subarray(at, at + size)
  const content = size - headerBytes(frame)
  return content < 0 || frame.readUInt32LE(KEY_LENGTH_AT) > content ? 'torn' : frame
}

/** Whether the frame holds what was written. */
export function isSound(frame: Buffer): boolean {
  return frame.readUInt32LE(CRC_AT) === crc32(frame.subarray(BODY_AT))
}

export function sequenceOf(frame: Buffer): number {
  return frame.readDoubleLE(SEQUENCE_AT)
}

export function offsetOf(frame: Buffer): number {
  return frame.readDoubleLE(OFFSET_AT)
}

export function isTombstone(frame: Buffer): boolean {
  return ((frame[BODY_AT] ?? 0) & TOMBSTONE) !== 0
}

/** The key's UTF-8 bytes, a view. */
export function keyOf(frame: Buffer): Buffer {
  const start = headerBytes(frame)
  return frame.subarray(start, start + frame.readUInt32LE(KEY_LENGTH_AT))
}

function hasArrival(frame: Buffer): boolean {
  return ((frame[BODY_AT] ?? 0) & HAS_ARRIVAL) !== 0
}

function headerBytes(frame: Buffer): number {
  return hasArrival(frame) ? FRAME_HEADER_BYTES : HEADER_BYTES_AT_FIRST
}

/** The topic's id in the owner's catalogue. */
export function topicOf(frame: Buffer): number {
  return frame[TOPIC_AT] ?? 0
}

/** What a reader is given. The value is a view of the frame. */
export function recordOf(frame: Buffer): LogRecord & {
  readonly partition: number
  readonly offset: number
  readonly arrivedMs: number | undefined
} {
  const keyAt = headerBytes(frame)
  const keyEnd = keyAt + frame.readUInt32LE(KEY_LENGTH_AT)
  return {
    partition: frame.readUInt16LE(PARTITION_AT),
    offset: offsetOf(frame),
    key: frame.toString('utf8', keyAt, keyEnd),
    value: isTombstone(frame) ? null : frame.subarray(keyEnd),
    timestampMs: frame.readDoubleLE(TIMESTAMP_AT),
    arrivedMs: hasArrival(frame) ? frame.readDoubleLE(ARRIVED_AT) : undefined,
  }
}
