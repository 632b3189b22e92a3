import { searchSubPuzzle } from '../../protocols/challenge/puzzle-search.ts'

/** What the threads that solve one puzzle have in common; the two arrays lie in shared memory. */
export interface PuzzleShare {
  readonly prefix: Uint8Array
  readonly target: number
  /** At the places of `AT`. */
  readonly counters: Int32Array
  /** The counter found, by sub-puzzle. */
  readonly solution: Uint32Array
}

/** Places in `counters`: the sub-puzzle to take next, how many are solved, whether to stop. */
const AT = { next: 0, solved: 1, stop: 2 } as const

export function sharePuzzle(prefix: Uint8Array, subPuzzles: number, target: number): PuzzleShare {
  return {
    prefix,
    target,
    counters: new Int32Array(new SharedArrayBuffer(4 * 3)),
    solution: new Uint32Array(new SharedArrayBuffer(4 * subPuzzles)),
  }
}

/** What a worker thread was given is what `sharePuzzle` made. */
export function isPuzzleShare(value: unknown): value is PuzzleShare {
  return (
    typeof value === 'object' &&
    value !== null &&
    ['prefix', 'target', 'counters', 'solution'].every((name) => name in value)
  )
}

/** Takes sub-puzzles off the list until none is left; yields after every `tries` tries. */
export function* workOn(share: PuzzleShare, tries: number): Generator<undefined, void> {
  const { prefix, target, counters, solution } = share
  for (;;) {
    const index = Atomics.add(counters, AT.next, 1)
    if (index >= solution.length) return
    let step = searchSubPuzzle(prefix, target, index, 0, tries)
    while (step.kind === 'searching') {
      yield
      if (Atomics.load(counters, AT.stop) !== 0) return
      step = searchSubPuzzle(prefix, target, index, step.next, tries)
    }
    if (step.kind === 'exhausted') return
    solution[index] = step.counter
    Atomics.add(counters, AT.solved, 1)
  }
}

export function solvedCount({ counters }: PuzzleShare): number {
  return Atomics.load(counters, AT.solved)
}

export function stopWork({ counters }: PuzzleShare): void {
  Atomics.store(counters, AT.stop, 1)
}

/** Solution as it travels: uint32 big-endian. */
export function solutionBytes({ solution }: PuzzleShare): Buffer {
  const bytes = Buffer.alloc(4 * solution.length)
  for (const [at, counter] of solution.entries()) bytes.writeUInt32BE(counter, 4 * at)
  return bytes
}
