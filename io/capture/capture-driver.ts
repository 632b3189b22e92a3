import { type ChildProcess } from 'node:child_process'
import { type Readable } from 'node:stream'
import { type CaptureStatistics } from '../../protocols/packet/capture-item.ts'

/** How starting went: it captures, it cannot be used here at all, or what it said when it failed. */
export type Start =
  | { readonly kind: 'ready' }
  | { readonly kind: 'no-driver' }
  | { readonly kind: 'failed'; readonly text: string }

/** A child process that writes a pcap stream. */
export interface CaptureDriver {
  readonly child: ChildProcess
  readonly output: Readable
  readonly started: Promise<Start>
  /** Asks it to hand over what it holds and end. */
  stop(): void
  /** What it said last, should it end unasked. */
  lastWords(): string
}

export type OnStatistics = (statistics: CaptureStatistics) => void

const KEPT_TEXT = 4096

/** Keeps the last of what a stream says. */
export function lastText(stream: Readable | null | undefined): () => string {
  let text = ''
  stream?.setEncoding('utf8').on('data', (chunk: string) => {
    text = (text + chunk).slice(-KEPT_TEXT)
  })
  return () => text
}
