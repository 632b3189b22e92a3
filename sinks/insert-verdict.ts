/** What came of one attempt to insert. */
export type Inserted =
  | { readonly kind: 'inserted' }
  /** The database answered with an error. */
  | { readonly kind: 'error'; readonly code: number; readonly message: string }
  /** It did not answer. */
  | { readonly kind: 'unreachable'; readonly message: string }

export type InsertVerdict =
  | { readonly kind: 'done' }
  /** The rows are at fault: insert halves, to find which. */
  | { readonly kind: 'split'; readonly message: string }
  | { readonly kind: 'retry'; readonly afterMs: number; readonly message: string }

/** ClickHouse's codes for rows it cannot read or hold (src/Common/ErrorCodes.cpp). */
const DATA_CODES = new Set([
  6, 20, 26, 27, 33, 38, 41, 43, 44, 53, 69, 70, 72, 117, 130, 131, 321, 349, 407, 441, 467, 675,
  676, 691, 748, 1001,
])
/** Codes that say the database is in trouble or not ready, whatever the rows are. */
const PASSING_CODES = new Set([
  3, 60, 81, 159, 164, 192, 194, 202, 209, 210, 236, 241, 242, 243, 252, 279, 285, 319, 425, 439,
  497, 516, 999, 1000, 1002,
])
/** A code of neither list may be about the rows after all; so often it is taken to be about the database. */
const PATIENCE = 6
const FIRST_WAIT_MS = 100
const LONGEST_WAIT_MS = 10_000

/** Decides what to do after attempt number `attempt` (from 0). Nothing is ever given up: the log keeps it. */
export function insertVerdict(result: Inserted, attempt: number): InsertVerdict {
  if (result.kind === 'inserted') return { kind: 'done' }
  const { message } = result
  if (result.kind === 'error' && isAboutRows(result.code, message, attempt)) {
    return { kind: 'split', message: `${result.code}: ${message.slice(0, 200)}` }
  }
  const afterMs = Math.min(LONGEST_WAIT_MS, FIRST_WAIT_MS * 2 ** Math.min(attempt, 16))
  return { kind: 'retry', afterMs, message }
}

function isAboutRows(code: number, message: string, attempt: number): boolean {
  // One code for two things: rows of too many weeks in one batch, and a server that cannot keep up merging.
  if (code === 252) return message.includes('partitions for single INSERT')
  if (DATA_CODES.has(code)) return true
  return !PASSING_CODES.has(code) && attempt >= PATIENCE
}
