import {
  checkSolution,
  expectedHashes,
  puzzleGrantMac,
  puzzleOf,
  puzzlePrefix,
  type PuzzleTerms,
} from '../../protocols/challenge/puzzle.ts'
import { searchSubPuzzle } from '../../protocols/challenge/puzzle-search.ts'
import { fixed, hex } from './inputs.ts'

interface PuzzleVectors {
  readonly terms: readonly {
    readonly hashes: number
    readonly subPuzzles: number
    readonly target: number
  }[]
  readonly prefix: {
    readonly nonce: string
    readonly bind: string
    readonly token: string
    readonly prefix: string
  }
  /** `solution` is the one with the smallest counters. */
  readonly solved: readonly (PuzzleTerms & { readonly prefix: string; readonly solution: string })[]
  /** `at` is the first sub-puzzle that is not solved. */
  readonly unsolved: readonly (PuzzleTerms & {
    readonly prefix: string
    readonly solution: string
    readonly at: number
  })[]
  readonly grant: PuzzleTerms & {
    readonly secret: string
    readonly nonce: string
    readonly bind: string
    readonly expiresAt: number
    readonly address: string
    readonly mac: string
  }
}

const INPUT = { nonce: fixed('nonce'), bind: fixed('bind'), token: 'v1.dG9rZW4.AAECAw' }

export function puzzleVectors(): PuzzleVectors {
  const prefix = puzzlePrefix(INPUT)
  const terms = [puzzleOf(64), puzzleOf(64 * 37.5), puzzleOf(8 * 300, 8), puzzleOf(900, 1)]
  const solved = terms.map((each) => ({
    ...each,
    prefix: hex(prefix),
    solution: hex(solve(prefix, each)),
  }))
  return {
    terms: [64, 1_000, 32_768, 131_072, 524_288, 1_000_000].map((hashes) => {
      const { subPuzzles, target } = puzzleOf(hashes)
      if (Math.abs(expectedHashes({ subPuzzles, target }) / hashes - 1) > 0.001) throw new Error()
      return { hashes, subPuzzles, target }
    }),
    prefix: {
      nonce: hex(INPUT.nonce),
      bind: hex(INPUT.bind),
      token: INPUT.token,
      prefix: hex(prefix),
    },
    solved,
    unsolved: unsolved(prefix),
    grant: grant(),
  }
}

function solve(prefix: Uint8Array, { subPuzzles, target }: PuzzleTerms): Buffer {
  const solution = Buffer.alloc(4 * subPuzzles)
  for (let at = 0; at < subPuzzles; at += 1) {
    const step = searchSubPuzzle(prefix, target, at, 0, 1e6)
    if (step.kind !== 'found') throw new Error(`sub-puzzle ${at}: ${step.kind}`)
    solution.writeUInt32BE(step.counter, 4 * at)
  }
  return solution
}

function unsolved(prefix: Uint8Array): PuzzleVectors['unsolved'] {
  const terms = puzzleOf(64 * 37.5)
  const solution = solve(prefix, terms)
  return [0, 17, 63].map((place) => {
    const wrong = Buffer.from(solution)
    // Too small a counter cannot be right: the vector's solution is the smallest.
    wrong.writeUInt32BE(wrong.readUInt32BE(4 * place) + 1, 4 * place)
    const verdict = checkSolution(prefix, terms, wrong)
    if (verdict.kind !== 'unsolved') throw new Error('solved by chance: choose another place')
    return { ...terms, prefix: hex(prefix), solution: hex(wrong), at: verdict.at }
  })
}

function grant(): PuzzleVectors['grant'] {
  const secret = fixed('gate secret')
  const address = Buffer.from('00000000000000000000ffffc0000207', 'hex')
  const terms = puzzleOf(131_072)
  const expiresAt = 1_795_347_923_831
  const mac = puzzleGrantMac(secret, { ...INPUT, ...terms, expiresAt, address })
  return {
    ...terms,
    secret: hex(secret),
    nonce: hex(INPUT.nonce),
    bind: hex(INPUT.bind),
    expiresAt,
    address: hex(address),
    mac: hex(mac),
  }
}
