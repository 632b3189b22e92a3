import { type FileHandle, open } from 'node:fs/promises'
import { addAbortSignal } from 'node:stream'
import { type CaptureFault, captureFault } from '../../protocols/packet/capture-fault.ts'
import { type CaptureItem } from '../../protocols/packet/capture-item.ts'
import { createSinkingParser } from '../../protocols/packet/capture-parser.ts'
import { FrameList, type FrameSink } from '../../protocols/packet/frame-sink.ts'
import { gunzipped, isGzip } from './gunzipped.ts'
import { isSystemError, type SystemError } from './system-error.ts'

/** Small enough that what is made of a chunk dies young. */
const CHUNK_BYTES = 1 << 17

export interface ReadCaptureOptions {
  /** Stops reading; the iteration then ends without a fault. */
  readonly signal?: AbortSignal
}

/**
 * A capture file (pcap or pcapng, gzip or not) as batches of frames; `-` is standard input. What is
 * wrong with the file comes as a last item, after every frame before it.
 */
export function readCaptureFile(
  path: string,
  options: ReadCaptureOptions = {},
): AsyncGenerator<CaptureItem, void, undefined> {
  const frames = new FrameList()
  return asItems(readCaptureInto(path, frames, options), frames)
}

/** The same for bytes from anywhere. Each chunk must stay as it is until the next is asked for. */
export function readCaptureStream(
  chunks: AsyncIterable<Uint8Array>,
  signal?: AbortSignal,
  name = 'the input',
): AsyncGenerator<CaptureItem, void, undefined> {
  const frames = new FrameList()
  return asItems(readInto(chunks, frames, signal, name), frames)
}

async function* asItems(
  steps: AsyncIterable<CaptureFault | undefined>,
  list: FrameList,
): AsyncGenerator<CaptureItem, void, undefined> {
  for await (const fault of steps) {
    const frames = list.take()
    if (frames.length > 0) yield { kind: 'frames', frames }
    if (fault !== undefined) yield { kind: 'fault', fault }
  }
}

/**
 * Gives each frame of a file to the sink. It yields whenever some have been given, so that what came
 * of them can be fetched; a fault is the last that it yields.
 */
export async function* readCaptureInto(
  path: string,
  sink: FrameSink,
  { signal }: ReadCaptureOptions = {},
): AsyncGenerator<CaptureFault | undefined, void, undefined> {
  if (path === '-') {
    yield* readInto(standardInput(signal), sink, signal, 'the input')
    return
  }
  const file = await opened(path)
  if ('code' in file) {
    yield file
    return
  }
  try {
    yield* readInto(chunksOf(file), sink, signal, path)
  } finally {
    await file.close()
  }
}

async function* readInto(
  chunks: AsyncIterable<Uint8Array>,
  sink: FrameSink,
  signal: AbortSignal | undefined,
  name: string,
): AsyncGenerator<CaptureFault | undefined, void, undefined> {
  const parser = createSinkingParser(sink)
  let received = 0
  try {
    for await (const chunk of plain(chunks)) {
      if (signal?.aborted === true) return
      received += chunk.length
      parser.push(chunk)
      yield undefined
      if (parser.fault !== undefined) break
    }
  } catch (error) {
    if (signal?.aborted === true) return
    if (!isSystemError(error)) throw error
    yield readFault(error, name, received)
    return
  }
  if (signal?.aborted === true) return
  const fault = parser.end()
  if (fault !== undefined) yield fault
}

async function* plain(chunks: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  const iterator = chunks[Symbol.asyncIterator]()
  try {
    const first = await iterator.next()
    if (first.done === true) return
    const head = await atLeastTwo(first.value, iterator)
    const all = resumed(head, iterator)
    yield* isGzip(head) ? gunzipped(all) : all
  } finally {
    await iterator.return?.()
  }
}

async function atLeastTwo(
  first: Uint8Array,
  iterator: AsyncIterator<Uint8Array>,
): Promise<Uint8Array> {
  let head = first
  while (head.length < 2) {
    const more = await iterator.next()
    if (more.done === true) return head
    head = Buffer.concat([head, more.value])
  }
  return head
}

async function* resumed(
  head: Uint8Array,
  iterator: AsyncIterator<Uint8Array>,
): AsyncGenerator<Uint8Array> {
  yield head
  for (let next = await iterator.next(); next.done !== true; next = await iterator.next()) {
    yield next.value
  }
}

/** The next chunk is read while this one is looked at. */
async function* chunksOf(file: FileHandle): AsyncGenerator<Uint8Array> {
  let buffer = new Uint8Array(CHUNK_BYTES)
  let spare = new Uint8Array(CHUNK_BYTES)
  let reading = file.read(buffer, 0, CHUNK_BYTES)
  try {
    for (;;) {
      const { bytesRead } = await reading
      if (bytesRead === 0) return
      const chunk = buffer.subarray(0, bytesRead)
      ;[buffer, spare] = [spare, buffer]
      reading = file.read(buffer, 0, CHUNK_BYTES)
      // A fault is told when its turn comes.
      reading.catch(() => undefined)
      yield chunk
    }
  } finally {
    // The file must not be closed under a read that is still going on.
    await reading.catch(() => undefined)
  }
}

function standardInput(signal: AbortSignal | undefined): AsyncIterable<Uint8Array> {
  return signal === undefined ? process.stdin : addAbortSignal(signal, process.stdin)
}

async function opened(path: string): Promise<FileHandle | CaptureFault> {
  try {
    return await open(path, 'r')
  } catch (error) {
    if (!isSystemError(error)) throw error
    return readFault(error, path)
  }
}

function readFault(error: SystemError, path: string, received = 0): CaptureFault {
  switch (error.code) {
    case 'ENOENT':
      return captureFault('missing', 0, `There is no file ${path}.`)
    case 'EACCES':
    case 'EPERM':
      return captureFault('not-permitted', 0, `You may not read ${path}: permission denied.`)
    case 'EISDIR':
      return captureFault('unreadable', 0, `${path} is a folder, not a capture file.`)
    case 'Z_BUF_ERROR':
      return captureFault('truncated', received, cutCompressed(path, received))
    case 'Z_DATA_ERROR':
      return captureFault('corrupt', received, damagedCompressed(path, received))
    default:
      return captureFault('unreadable', 0, `Reading ${path} failed: ${error.message}.`)
  }
}

function cutCompressed(path: string, received: number): string {
  return `The compressed data of ${path} ends too early: ${received} bytes came out of it.`
}

function damagedCompressed(path: string, received: number): string {
  return `The compressed data of ${path} is damaged after the first ${received} bytes that came out of it.`
}
