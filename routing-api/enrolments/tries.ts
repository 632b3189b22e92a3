import { z } from 'zod'
import { type Control } from '../../schemas/generated/records.ts'
import { jsonOf } from './enrolment.ts'

/** Times kept of one subject: more than any policy's limit. */
const MOST_TIMES = 128
const MOST_SUBJECTS = 100_000

const Body = z.strictObject({ times: z.array(z.number()).max(MOST_TIMES) })

/**
 * Wrong answers of persons, by user and by client, over all instances and restarts: each record holds all times
 * its writer knew, and what two instances wrote is united. Of two that write in the same moment neither may
 * know of the other's: a limit can be passed by as many tries as there are instances, not by more.
 */
export class Tries {
  readonly #times = new Map<string, readonly number[]>()
  /** Answers being judged: they count as wrong until they are known to be right. */
  readonly #judged = new Map<string, number>()

  apply(control: Control): boolean {
    const parsed = Body.safeParse(jsonOf(control.body))
    if (control.deleted) this.remove(control.id)
    else if (parsed.success) this.#put(control.id, union(this.#of(control.id), parsed.data.times))
    return control.deleted || parsed.success
  }

  remove(subject: string): void {
    this.#times.delete(subject)
  }

  /** Subjects whose newest wrong answer is older. */
  before(thenMs: number): readonly string[] {
    return [...this.#times].flatMap(([subject, times]) =>
      (times.at(-1) ?? 0) < thenMs ? [subject] : [],
    )
  }

  /** Wrong answers since then, and answers that are being judged. */
  since(subject: string, sinceMs: number): number {
    const wrong = this.#of(subject).filter((at) => at > sinceMs).length
    return wrong + (this.#judged.get(subject) ?? 0)
  }

  /** An answer is being judged, until the function it gives is called. */
  judging(subject: string): () => void {
    const change = (by: number): void => {
      const count = (this.#judged.get(subject) ?? 0) + by
      if (count > 0) this.#judged.set(subject, count)
      else this.#judged.delete(subject)
    }
    change(1)
    return () => {
      change(-1)
    }
  }

  /** Counts one here at once; the body of the record that tells the others. */
  add(subject: string, atMs: number, sinceMs: number): string {
    const known = this.#of(subject)
    // Two in one millisecond are two: the union would make them one.
    let at = atMs
    while (known.includes(at)) at += 1 / 1_024
    const times = union(known, [at]).filter((time) => time > sinceMs)
    this.#put(subject, times)
    return JSON.stringify({ times } satisfies z.infer<typeof Body>)
  }

  #of(subject: string): readonly number[] {
    return this.#times.get(subject) ?? []
  }

  /** The subjects least lately heard of give way. */
  #put(subject: string, times: readonly number[]): void {
    this.#times.delete(subject)
    this.#times.set(subject, times)
    if (this.#times.size <= MOST_SUBJECTS) return
    const [oldest] = this.#times.keys()
    if (oldest !== undefined) this.#times.delete(oldest)
  }
}

function union(one: readonly number[], other: readonly number[]): readonly number[] {
  return [...new Set([...one, ...other])].sort((a, b) => a - b).slice(-MOST_TIMES)
}
