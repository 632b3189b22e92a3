import { createGunzip, type Gunzip } from 'node:zlib'

/** Small steps in, for one byte may become a thousand: at most 16 MiB come out of one. */
const STEP_BYTES = 16 << 10

export function isGzip(bytes: Uint8Array): boolean {
  return bytes[0] === 0x1f && bytes[1] === 0x8b
}

/**
 * Decompresses as it is read. What came out before the data was damaged or cut short is yielded
 * before the error is thrown; of damaged data the last 256 KiB stay in zlib.
 */
export async function* gunzipped(chunks: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  const gunzip = createGunzip({ chunkSize: 256 << 10 })
  const out: Uint8Array[] = []
  let failure: Error | undefined
  gunzip.on('data', (chunk: Uint8Array) => out.push(chunk))
  gunzip.on('error', (error) => (failure = error))
  try {
    for await (const chunk of chunks) {
      for (let at = 0; at < chunk.length && failure === undefined; at += STEP_BYTES) {
        await written(gunzip, chunk.subarray(at, at + STEP_BYTES))
        yield* out.splice(0)
      }
      if (failure !== undefined) break
    }
    if (failure === undefined) await ended(gunzip)
    yield* out.splice(0)
    if (failure !== undefined) throw failure
  } finally {
    gunzip.destroy()
  }
}

/** Settles whether it went well or not, the error event tells: zlib calls nobody back of a write that failed. */
async function written(gunzip: Gunzip, bytes: Uint8Array): Promise<void> {
  await new Promise<void>((resolve) => {
    const settle = (): void => {
      gunzip.off('close', settle)
      resolve()
    }
    gunzip.once('close', settle)
    gunzip.write(bytes, settle)
  })
}

async function ended(gunzip: Gunzip): Promise<void> {
  if (gunzip.closed) return
  await new Promise<void>((resolve) => {
    gunzip.once('end', resolve).once('close', resolve)
    gunzip.end()
  })
}
