import { createHash, createHmac, hash } from 'node:crypto'
import { labelled, uint64 } from './labelled.ts'

/** How hard a puzzle is: `subPuzzles` hashes must each begin with a 32-bit number below `target`. */
export interface PuzzleTerms {
  /** k: many easy ones have a far narrower spread of times than one hard one (64: p95 is 1.21 x the median). */
  readonly subPuzzles: number
  /** 1 .. 2^32 - 1; a try succeeds with probability target / 2^32. */
  readonly target: number
}

export const SUB_PUZZLES = 64
export const MOST_SUB_PUZZLES = 256
const WHOLE = 2 ** 32

/**
 * What one thread of either helper does on a laptop of 2015 without SHA instructions, assumed: two thirds of what
 * `bench puzzle` prints for JavaScript on a newer machine. 100 ms of work are 200,000 hashes, a second two million.
 */
export const REFERENCE_HASHES_PER_SECOND = 2_000_000

/**
 * Expected hashes that a helper accepts unless told otherwise: 8 s of that laptop's one thread. Above it the helper
 * refuses, for a gate that went bad could else burn its processor.
 */
export const MOST_EXPECTED_HASHES = 2 ** 24

/** Hashes that solving takes on average. The count has a standard deviation of 1/sqrt(k) of that. */
export function expectedHashes({ subPuzzles, target }: PuzzleTerms): number {
  return (subPuzzles * WHOLE) / target
}

/** The terms that take so many hashes on average: a target rather than whole bits, so that difficulty is continuous. */
export function puzzleOf(hashes: number, subPuzzles: number = SUB_PUZZLES): PuzzleTerms {
  const target = Math.round((subPuzzles * WHOLE) / Math.max(hashes, subPuzzles))
  return { subPuzzles, target: Math.min(WHOLE - 1, Math.max(1, target)) }
}

/** What a puzzle hangs on: it is of use for this connection and this challenge alone. */
export interface PuzzleInput {
  readonly nonce: Uint8Array
  readonly bind: Uint8Array
  /** The challenge's opaque token, as it is written. */
  readonly token: string
}

/** The 32 bytes with which every try of this puzzle begins. */
export function puzzlePrefix({ nonce, bind, token }: PuzzleInput): Buffer {
  return createHash('sha256')
    .update(labelled('puzzle', nonce, bind, Buffer.from(token)))
    .digest()
}

/** What a stateless issuer vouches for. */
export interface PuzzleGrant extends PuzzleTerms {
  readonly nonce: Uint8Array
  readonly bind: Uint8Array
  /** Milliseconds since 1970. */
  readonly expiresAt: number
  /** The client's address, 16 bytes. */
  readonly address: Uint8Array
}

/** Issues a puzzle by one HMAC-SHA256, so that whoever has the secret can tell its own puzzles without remembering them. */
export function puzzleGrantMac(secret: Uint8Array, grant: PuzzleGrant): Buffer {
  const { nonce, bind, expiresAt, address, subPuzzles, target } = grant
  return createHmac('sha256', secret)
    .update(
      labelled(
        'grant',
        nonce,
        bind,
        uint64(expiresAt),
        address,
        uint64(subPuzzles),
        uint64(target),
      ),
    )
    .digest()
}

/** A solution: one uint32 per sub-puzzle, big-endian. */
export type PuzzleVerdict =
  | { readonly kind: 'solved' }
  /** `at` is the first sub-puzzle that is not: no hash was computed after it. */
  | { readonly kind: 'unsolved'; readonly at: number }
  | { readonly kind: 'wrong-length' }

/**
 * Checks a solution: sub-puzzle i is solved by a counter c when
 * `SHA-256(prefix || uint32 i || uint32 c)` begins with a big-endian number below the target.
 */
export function checkSolution(
  prefix: Uint8Array,
  { subPuzzles, target }: PuzzleTerms,
  solution: Uint8Array,
): PuzzleVerdict {
  if (solution.length !== 4 * subPuzzles) return { kind: 'wrong-length' }
  const input = Buffer.alloc(40)
  input.set(prefix)
  for (let at = 0; at < subPuzzles; at += 1) {
    input.writeUInt32BE(at, 32)
    input.set(solution.subarray(4 * at, 4 * at + 4), 36)
    if (hash('sha256', input, 'buffer').readUInt32BE(0) >= target) return { kind: 'unsolved', at }
  }
  return { kind: 'solved' }
}
