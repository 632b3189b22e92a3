import { once } from 'node:events'
import { availableParallelism } from 'node:os'
import { setImmediate } from 'node:timers/promises'
import { Worker } from 'node:worker_threads'
import { expectedHashes, type PuzzleTerms } from '../../protocols/challenge/puzzle.ts'
import { sharePuzzle, solutionBytes, solvedCount, stopWork, workOn } from './puzzle-share.ts'

/** About a millisecond: the main thread has a connection to look after. */
const TRIES_ON_MAIN = 3_000
/** A thread takes some 30 ms to start: less than that is done without. */
const WORTH_A_THREAD = 100_000
const MOST_WORKERS = 7

/** How many of the sub-puzzles are solved. */
export type Progress = (solved: number, of: number) => void

/** Solves a puzzle on all processors but leaves the event loop free; undefined when the signal aborts it. */
export async function solvePuzzle(
  prefix: Uint8Array,
  terms: PuzzleTerms,
  progress: Progress,
  signal: AbortSignal,
): Promise<Buffer | undefined> {
  const share = sharePuzzle(prefix, terms.subPuzzles, terms.target)
  const worth = Math.floor(expectedHashes(terms) / WORTH_A_THREAD)
  const count = Math.min(worth, availableParallelism() - 1, MOST_WORKERS)
  const file = new URL('./puzzle-worker.ts', import.meta.url)
  const workers = Array.from({ length: count }, () => new Worker(file, { workerData: share }))
  const ended = workers.map((worker) => once(worker, 'exit'))
  for (const _ of workOn(share, TRIES_ON_MAIN)) {
    progress(solvedCount(share), terms.subPuzzles)
    if (signal.aborted) stopWork(share)
    await setImmediate()
  }
  await Promise.all(ended)
  return solvedCount(share) === terms.subPuzzles ? solutionBytes(share) : undefined
}
