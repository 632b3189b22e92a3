import { existsSync } from 'node:fs'
import { access } from 'node:fs/promises'
import { type AnyRecord } from '../../lib/codec/codec.ts'
import { type Logger } from '../../lib/logger.ts'
import { type Privacy } from '../../lib/pseudonym.ts'
import { type CaptureItem } from '../../protocols/packet/capture-item.ts'
import { replayed } from '../../producers/replay.ts'
import { type CaptureSource } from '../../producers/source.ts'
import { nowUs, sleep } from '../clock.ts'
import { READY } from '../supervisor.ts'
import { replayLog } from './replay-log.ts'
import { openLiveCapture } from './open-live-capture.ts'
import { readCaptureFile } from './read-capture-file.ts'

export interface SourceContext {
  readonly sensor: string
  readonly site: string
  readonly logger: Logger
  readonly privacy: Privacy
  put(record: AnyRecord): boolean
  readonly signal: AbortSignal
}

const clock = { now: nowUs, sleep }

/** The packets a producer was told to read. Throws a sentence for people when they cannot be had. */
export async function openSource(
  source: CaptureSource,
  context: SourceContext,
): Promise<AsyncIterable<CaptureItem>> {
  const { signal } = context
  if (source.kind === 'file') {
    if (!existsSync(source.path)) throw new Error(`There is no file ${source.path}.`)
    return replayedFile(source.path, source.speed, source.log, context)
  }
  const { name, filter, driver } = source
  const live = await openLiveCapture({
    ...{ interface: name, driver, signal },
    ...(filter === undefined ? {} : { filter }),
  })
  if ('code' in live) throw new Error(live.message)
  context.logger.info(`capturing on ${live.description}`)
  process.send?.(READY)
  return live.items
}

/** Ends when both the capture and the log beside it have been given. */
async function* replayedFile(
  path: string,
  speed: number,
  log: Extract<CaptureSource, { kind: 'file' }>['log'],
  context: SourceContext,
): AsyncGenerator<CaptureItem> {
  const { signal } = context
  let beside = Promise.resolve()
  if (log !== undefined) await access(log.path)
  const items = readCaptureFile(path, { signal })
  yield* replayed(items, clock, speed, signal, (shift) => {
    if (log === undefined) return
    beside = replayLog({ ...log, ...context }, shift)
    // Thrown below, when the capture has been given too.
    beside.catch(() => undefined)
  })
  await beside
}
