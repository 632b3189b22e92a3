import { hash, randomBytes } from 'node:crypto'
import { searchSubPuzzle } from '../protocols/challenge/puzzle-search.ts'
import {
  checkSolution,
  puzzleGrantMac,
  puzzleOf,
  type PuzzleTerms,
} from '../protocols/challenge/puzzle.ts'
import { print, quantile } from './print.ts'

const RATE_TRIES = 1_000_000
const ROUNDS = 4
const PUZZLES = 60
const HASHES = 100_000
const CHECKS = 2_000

/** The puzzle: tries a second of the search beside a library's, spread of the work, cost of issuing and checking. CPU time. */
export async function run(): Promise<void> {
  await Promise.resolve()
  const prefix = randomBytes(32)
  for (let round = 0; round < ROUNDS; round += 1) {
    print('puzzle', {
      what: 'rate',
      by: 'library',
      kiloTriesPerSecond: rate(() => {
        libraryTries(prefix)
      }),
    })
    print('puzzle', {
      what: 'rate',
      by: 'own',
      kiloTriesPerSecond: rate(() => searchSubPuzzle(prefix, 1, 0, 0, RATE_TRIES)),
    })
  }
  spread()
  checking()
}

function libraryTries(prefix: Uint8Array): void {
  const input = Buffer.alloc(40)
  input.set(prefix)
  for (let counter = 0; counter < RATE_TRIES; counter += 1) {
    input.writeUInt32BE(counter, 36)
    if (hash('sha256', input, 'buffer').readUInt32BE(0) < 1) return
  }
}

function rate(work: () => unknown): number {
  return Math.round(RATE_TRIES / cpuMs(work))
}

function cpuMs(work: () => unknown): number {
  const before = process.cpuUsage()
  work()
  const { user, system } = process.cpuUsage(before)
  return (user + system) / 1_000
}

function solve(prefix: Uint8Array, { subPuzzles, target }: PuzzleTerms): Buffer {
  const solution = Buffer.alloc(4 * subPuzzles)
  for (let at = 0; at < subPuzzles; at += 1) {
    const step = searchSubPuzzle(prefix, target, at, 0, 2 ** 32)
    if (step.kind === 'found') solution.writeUInt32BE(step.counter, 4 * at)
  }
  return solution
}

function spread(): void {
  const terms = puzzleOf(HASHES)
  const times = Array.from({ length: PUZZLES }, () =>
    cpuMs(() => solve(randomBytes(32), terms)),
  ).sort((a, b) => a - b)
  const [median, p95] = [quantile(times, 0.5), quantile(times, 0.95)]
  print('puzzle', {
    what: 'solve',
    hashes: HASHES,
    medianMs: median,
    p95Ms: p95,
    p95OverMedian: Number((p95 / median).toFixed(2)),
  })
}

function checking(): void {
  const terms = puzzleOf(HASHES)
  const prefix = randomBytes(32)
  const solution = solve(prefix, terms)
  const bogus = Buffer.alloc(solution.length, 1)
  const grant = {
    ...terms,
    nonce: prefix,
    bind: prefix,
    expiresAt: Date.now(),
    address: Buffer.alloc(16),
  }
  const each = (work: () => unknown): number =>
    Number(
      (
        (cpuMs(() => {
          for (let i = 0; i < CHECKS; i += 1) work()
        }) /
          CHECKS) *
        1_000
      ).toFixed(1),
    )
  print('puzzle', {
    what: 'gate',
    issueMicroseconds: each(() => puzzleGrantMac(prefix, grant)),
    checkMicroseconds: each(() => checkSolution(prefix, terms, solution)),
    checkBogusMicroseconds: each(() => checkSolution(prefix, terms, bogus)),
  })
}
