import { privacyOf } from '../../lib/pseudonym.ts'
import { createReadStream } from 'node:fs'
import { open, stat } from 'node:fs/promises'
import { basename } from 'node:path'
import { createInterface } from 'node:readline'
import { createGunzip } from 'node:zlib'
import { readCaptureFile } from '../../io/capture/read-capture-file.ts'
import { type AnyRecord } from '../../lib/codec/codec.ts'
import { parseEventLine } from '../../lib/codec/event-line.ts'
import { createAuthLog } from '../../producers/auth-log/auth-log.ts'
import { UTC, type TimeZone } from '../../producers/auth-log/time-zone.ts'
import { createObserver } from '../../producers/observe.ts'

/** Tells how much of a file was read, 0 to 1; undefined where that cannot be told. */
export type Progress = (share: number | undefined) => void

/** The records of a capture, an sshd's log or event NDJSON, told apart by their first bytes; `zone` of stamps that name none. */
export async function* readRecords(
  path: string,
  progress: Progress,
  zone: TimeZone = UTC,
  trustsProxy: (address: Uint8Array) => boolean = () => false,
): AsyncGenerator<AnyRecord> {
  const kind = await kindOf(path)
  if (kind === 'capture') yield* ofCapture(path, progress, trustsProxy)
  else if (kind === 'events') yield* ofEvents(path, progress)
  else yield* ofAuthLog(path, progress, zone)
}

const CAPTURE_MAGIC = new Set([0xa1b2c3d4, 0xd4c3b2a1, 0xa1b23c4d, 0x4d3cb2a1, 0x0a0d0d0a])

async function kindOf(path: string): Promise<'capture' | 'events' | 'log'> {
  const handle = await open(path).catch((cause: unknown) => {
    throw new Error(`cannot read ${path}: no such file, or no permission`, { cause })
  })
  const head = Buffer.alloc(10)
  await handle.read(head, 0, head.length, 0)
  await handle.close()
  if (CAPTURE_MAGIC.has(head.readUInt32BE(0))) return 'capture'
  if (head.readUInt16BE(0) === 0x1f8b) return path.endsWith('.ndjson.gz') ? 'events' : 'capture'
  return head.toString('latin1').startsWith('{"type"') ? 'events' : 'log'
}

async function* ofCapture(
  path: string,
  progress: Progress,
  trustsProxy: (address: Uint8Array) => boolean,
): AsyncGenerator<AnyRecord> {
  const about = { sensor: basename(path), site: 'backtest', source: 'import' } as const
  const observer = createObserver({ ...about, trustsProxy })
  let lastAt = 0
  for await (const item of readCaptureFile(path)) {
    if (item.kind === 'fault') console.error(item.fault.message)
    if (item.kind !== 'frames') continue
    for (const frame of item.frames) {
      observer.packet(frame)
      lastAt = Math.max(lastAt, frame.capturedAt)
    }
    progress(undefined)
    yield* observer.take()
  }
  observer.end(lastAt)
  yield* observer.take()
}

async function* ofEvents(path: string, progress: Progress): AsyncGenerator<AnyRecord> {
  let wrong = 0
  for await (const line of linesOf(path, progress)) {
    const any = parseEventLine(line)
    if (any !== undefined) yield any
    else wrong += 1
  }
  if (wrong > 0) console.error(`${path}: ${wrong} lines are not events`)
}

async function* ofAuthLog(
  path: string,
  progress: Progress,
  zone: TimeZone,
): AsyncGenerator<AnyRecord> {
  const nowUs = Date.now() * 1000
  const authLog = createAuthLog({
    sensor: basename(path),
    site: 'backtest',
    listener: 'ssh',
    privacy: privacyOf('backtest', undefined),
    zone,
  })
  let number = 0
  for await (const line of linesOf(path, progress)) {
    number += 1
    for (const record of authLog.line(line, number, nowUs)) {
      yield { type: 'SshAuthAttempt', record }
    }
  }
  for (const record of authLog.flush(nowUs)) yield { type: 'SshAuthAttempt', record }
}

async function* linesOf(path: string, progress: Progress): AsyncGenerator<string> {
  const { size } = await stat(path)
  const file = createReadStream(path)
  const input = path.endsWith('.gz') ? file.pipe(createGunzip()) : file
  for await (const line of createInterface({ input, crlfDelay: Infinity })) {
    progress(size === 0 ? undefined : file.bytesRead / size)
    if (line !== '') yield line
  }
}
