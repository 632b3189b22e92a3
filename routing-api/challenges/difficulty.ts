import { puzzleOf, type PuzzleTerms } from '../../protocols/challenge/puzzle.ts'
import { type SshPolicy } from '../policy/ssh-policy.ts'
import { type Level } from './due-steps.ts'

/** What else makes a puzzle harder. Each 0..1. */
export interface Surroundings {
  /** How far the site is in alarm. */
  readonly alarm: number
  /** How busy the gate that asks is. */
  readonly load: number
}

export const CALM: Surroundings = { alarm: 0, load: 0 }

/** A puzzle in place of a question takes this many times what the band asks. */
const INSTEAD_OF_QUESTION = 2
/** Shortly below the high band the puzzle begins to grow towards that band's. */
const RAMP = 5

/**
 * How long the puzzle should take on the machine the policy names, milliseconds: exponential in the risk between
 * the policy's marks, without a step at a band's edge, up to four times that when the site is in alarm and the
 * gate is full, and never more than the policy's most.
 */
export function puzzleMs(
  risk: number,
  level: Level,
  { alarm, load }: Surroundings,
  { bands, puzzle }: Pick<SshPolicy, 'bands' | 'puzzle'>,
): number {
  const marks: readonly (readonly [number, number])[] = [
    [bands.medium, puzzle.mediumMs],
    [Math.max(bands.medium, bands.high - RAMP), puzzle.mediumMostMs],
    [bands.high, puzzle.highMs],
    [bands.critical, puzzle.highMostMs],
  ]
  const factor = (1 + share(alarm)) * (1 + share(load)) * (level === 3 ? INSTEAD_OF_QUESTION : 1)
  return Math.min(puzzle.mostMs, exponential(marks, risk) * factor)
}

/** The terms of a puzzle that takes so long. */
export function puzzleTerms(ms: number, { hashesPerMs }: SshPolicy['puzzle']): PuzzleTerms {
  return puzzleOf(ms * hashesPerMs)
}

function share(value: number): number {
  return Math.min(1, Math.max(0, value))
}

function exponential(marks: readonly (readonly [number, number])[], at: number): number {
  let [x0, y0] = marks[0] ?? [0, 1]
  if (at <= x0) return y0
  for (const [x, y] of marks) {
    if (at < x && x > x0) return y0 * (y / y0) ** ((at - x0) / (x - x0))
    x0 = x
    y0 = y
  }
  return y0
}
