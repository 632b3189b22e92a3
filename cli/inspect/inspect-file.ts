import { readCaptureFile } from '../../io/capture/read-capture-file.ts'
import { type InspectLine } from '../../producers/inspect/inspect-line.ts'
import { createInspectLines } from '../../producers/inspect/inspect-lines.ts'
import { inspectSummary, type InspectSummary } from '../../producers/inspect/summary.ts'
import { type RecordName } from '../../schemas/generated/records.ts'
import { createObserver } from '../../producers/observe.ts'

type Line = InspectLine | InspectSummary

/** What lines are made of. */
const PRINTED = new Set<RecordName>(['TlsHello', 'SshConnection', 'SshSession', 'DeadLetter'])

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
  const observer = createObserver({
    ...{ sensor: 'inspect', site: 'inspect', source: 'import' },
    wanted: PRINTED,
  })
  const lines = createInspectLines()
  let lastAt = 0
  let fault: string | null = null
  for await (const item of readCaptureFile(path, signal === undefined ? {} : { signal })) {
    if (item.kind === 'fault') fault = item.fault.message
    if (item.kind !== 'frames') continue
    for (const frame of item.frames) {
      observer.packet(frame)
      if (frame.capturedAt > lastAt) lastAt = frame.capturedAt
    }
    const batch: Line[] = []
    for (const record of observer.take()) batch.push(...lines.push(record))
    yield batch
  }
  observer.end(lastAt)
  const batch: Line[] = []
  for (const record of observer.take()) batch.push(...lines.push(record))
  batch.push(...lines.end(), inspectSummary(observer.counters, fault))
  yield batch
}
