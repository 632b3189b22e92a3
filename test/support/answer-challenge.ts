import { fromBase64Url, toBase64Url } from '../../protocols/challenge/base64url.ts'
import { type Challenge, type ChallengeAnswer } from '../../protocols/challenge/messages.ts'
import { puzzlePrefix, type PuzzleTerms } from '../../protocols/challenge/puzzle.ts'
import { searchSubPuzzle } from '../../protocols/challenge/puzzle-search.ts'

/** What a client that knows no secret answers: cookies as they came, puzzles solved. */
export function answerPrograms(challenge: Challenge, bind: Uint8Array): readonly ChallengeAnswer[] {
  return challenge.steps.flatMap((step): readonly ChallengeAnswer[] => {
    if (step.kind === 'cookie') return [{ kind: 'cookie', cookie: step.cookie }]
    if (step.kind !== 'puzzle') return []
    const { nonce, token } = challenge
    const prefix = puzzlePrefix({ nonce: bytes(nonce), bind, token })
    return [{ kind: 'puzzle', solution: toBase64Url(solvePuzzle(prefix, step)) }]
  })
}

export function solvePuzzle(prefix: Uint8Array, { subPuzzles, target }: PuzzleTerms): Buffer {
  const solution = Buffer.alloc(4 * subPuzzles)
  for (let i = 0; i < subPuzzles; i += 1) {
    const found = searchSubPuzzle(prefix, target, i, 0, 2 ** 32)
    if (found.kind !== 'found') throw new Error('no counter solves it')
    solution.writeUInt32BE(found.counter, 4 * i)
  }
  return solution
}

function bytes(text: string): Uint8Array {
  return fromBase64Url(text) ?? new Uint8Array()
}
