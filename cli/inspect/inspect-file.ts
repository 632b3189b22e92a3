import { readCaptureInto } from '../../io/capture/read-capture-file.ts'
import { type InspectLine } from '../../producers/inspect/inspect-line.ts'
import { createInspectLines } from '../../producers/inspect/inspect-lines.ts'
import { LatestFrame } from '../../producers/inspect/latest-frame.ts'
import { inspectSummary, type InspectSummary } from '../../producers/inspect/summary.ts'
import { createObserver } from '../../producers/observe.ts'
import { INSPECTOR } from '../../producers/inspect/inspector.ts'

type Line = InspectLine | InspectSummary

/**
 * Reads a capture file (`-` is standard input) and yields a line per hello and per SSH connection,
 * then the summary. A broken file yields what lies before the break; the summary says the rest.
 */
export async function* inspectFile(path: string, signal?: AbortSignal): AsyncGenerator<Line> {
  for await (const lines of inspectInBatches(path, signal)) yield* lines
}

/** The same, many lines at once: a promise for each line would cost more than the line. */
export async function* inspectInBatches(
  path: string,
  signal?: AbortSignal,
): AsyncGenerator<readonly Line[]> {
  const observer = createObserver(INSPECTOR)
  const latest = new LatestFrame(observer)
  const lines = createInspectLines()
  let message: string | null = null
  for await (const fault of readCaptureInto(path, latest, signal === undefined ? {} : { signal })) {
    message = fault?.message ?? null
    const batch: Line[] = []
    for (const record of observer.take()) batch.push(...lines.push(record))
    if (batch.length > 0) yield batch
  }
  observer.end(latest.at)
  const batch: Line[] = []
  for (const record of observer.take()) batch.push(...lines.push(record))
  batch.push(...lines.end(), inspectSummary(observer.counters, message))
  yield batch
}
