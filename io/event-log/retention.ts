import { type Segment } from './partition-segments.ts'

/** A partition's segments as retention sees them. */
export interface Retained {
  readonly place: number
  /** Null: kept for ever. */
  readonly retentionMs: number | null
  readonly segments: readonly Segment[]
}

/**
 * The place whose oldest segment goes next, or undefined. A segment goes when its newest record is
 * past its topic's time, or while all segments together are above `maxBytes` (the oldest first, but
 * never the one that is written to).
 */
export function nextToDrop(
  partitions: readonly Retained[],
  maxBytes: number,
  nowMs: number,
): number | undefined {
  let bytes = 0
  let oldest: { place: number; lastAtMs: number } | undefined
  for (const { place, retentionMs, segments } of partitions) {
    for (const segment of segments) bytes += segment.bytes
    const [first] = segments
    if (first === undefined) continue
    if (retentionMs !== null && nowMs - first.lastAtMs > retentionMs) return place
    if (segments.length < 2) continue
    if (oldest === undefined || first.lastAtMs < oldest.lastAtMs) {
      oldest = { place, lastAtMs: first.lastAtMs }
    }
  }
  return bytes > maxBytes ? oldest?.place : undefined
}
