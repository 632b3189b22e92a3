import { ApiError } from '../api-client.ts'
import { printable } from '../printable.ts'
import { putEnrolment, type EnrolFlags } from './enrolments-client.ts'

const SHOWN_FAULTS = 5

/** One after the other, for each answer is hashed slowly; what is refused is said and left out. Gives how many were enrolled. */
export async function upload(
  items: readonly { readonly what: object; readonly name: string }[],
  flags: EnrolFlags,
): Promise<number> {
  let done = 0
  let refused = 0
  for (const [n, { what, name }] of items.entries()) {
    try {
      await putEnrolment(what, flags)
      done += 1
    } catch (error) {
      if (!(error instanceof ApiError) || error.status !== 400) throw error
      refused += 1
      if (refused <= SHOWN_FAULTS) console.error(printable(`${name}: ${error.message}`))
    }
    if (process.stderr.isTTY) process.stderr.write(`\r${n + 1} of ${items.length}`)
  }
  if (process.stderr.isTTY) process.stderr.write('\n')
  if (refused > SHOWN_FAULTS) console.error(`and ${refused - SHOWN_FAULTS} more were refused`)
  return done
}
