import { type ProcessorPorts } from './run.ts'
import { type PartLoader } from './state/saved-part.ts'

/** Parts loaded without a pause: about 10 ms. */
const PARTS_AT_ONCE = 16

/** Gives saved parts to their loader, with pauses: who reads for seconds without one loses its lease. False when they are of another version. */
export async function loadParts(
  { sleep }: Pick<ProcessorPorts, 'sleep'>,
  loader: PartLoader,
  parts: readonly Uint8Array[],
): Promise<boolean> {
  const never = new AbortController().signal
  try {
    let taken = loader.next()
    for (const [i, part] of parts.entries()) {
      if (taken.done === true) break
      taken = loader.next(part)
      if (i % PARTS_AT_ONCE === 0) await sleep(0, never)
    }
    return taken.done === true
  } catch (error) {
    if (!(error instanceof RangeError)) throw error
    return false
  }
}
