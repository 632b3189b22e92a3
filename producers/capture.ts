import { type AnyRecord } from '../lib/codec/codec.ts'
import { type Metrics } from '../lib/metrics.ts'
import { type CaptureFault } from '../protocols/packet/capture-fault.ts'
import { type CaptureItem, type CaptureStatistics } from '../protocols/packet/capture-item.ts'
import { type Frame } from '../protocols/packet/frame.ts'

/** Frames in, records out: producers/observe.ts, or a fake of it. */
export interface Observing {
  packet(frame: Frame): void
  advance(nowUs: number): void
  end(atUs: number): void
  take(): readonly AnyRecord[]
}

export interface CapturePorts {
  readonly items: AsyncIterable<CaptureItem>
  readonly observer: Observing
  /** Takes a record or drops and counts it; never waits. */
  put(record: AnyRecord): boolean
  /** The kernel's counts since the capture began, from time to time. */
  statistics(statistics: CaptureStatistics): void
  readonly metrics: Metrics
}

/** What a capture came to. */
export interface CaptureEnd {
  readonly frames: number
  readonly fault: CaptureFault | undefined
  /** Event time of the last frame, microseconds since 1970. */
  readonly lastAt: number
}

/**
 * Observes frames until they end. Connections still open then are told as ended with the capture, so
 * that nothing seen is lost.
 */
export async function runCapture(ports: CapturePorts): Promise<CaptureEnd> {
  let fault: CaptureFault | undefined
  let frames = 0
  let lastAt = 0
  for await (const item of ports.items) {
    switch (item.kind) {
      case 'fault':
        fault = item.fault
        break
      case 'statistics':
        ports.statistics(item.statistics)
        break
      case 'frames':
        for (const frame of item.frames) ports.observer.packet(frame)
        frames += item.frames.length
        lastAt = item.frames.at(-1)?.capturedAt ?? lastAt
        ports.metrics.count('vestibule_capture_frames_total', item.frames.length)
        publish(ports)
        break
    }
  }
  ports.observer.end(lastAt)
  publish(ports)
  return { frames, fault, lastAt }
}

/** Hands on what the observer has made, when time passed without a frame too. */
export function publish(ports: Pick<CapturePorts, 'observer' | 'put'>): void {
  for (const record of ports.observer.take()) ports.put(record)
}
