import { z } from 'zod'

/** One row of history that bears on where a client is served. */
export const MoveRow = z.object({
  /** `YYYY-MM-DD hh:mm:ss.micro`, UTC. */
  at: z.string(),
  kind: z.enum(['decision', 'outcome']),
  /** Pool or action answered; what an outcome told. */
  word: z.string(),
  listener: z.string(),
  why: z.string(),
})

export type MoveRow = z.infer<typeof MoveRow>

/** Handshake decisions and telling outcomes of a day, newest first. Names of parameters are those of `rangeOf`. */
export const MOVES_QUERY = `SELECT toString(observedAt) AS at, what AS kind, word, listener, why FROM (
  SELECT observedAt, 'decision' AS what, if(shadow AND answer != wouldBe, concat('(shadow) ', wouldBe), answer) AS word,
    listener, if(wouldBe = 'mitigation' OR wouldBe = 'challenge' OR wouldBe = 'terminate' OR wouldBe = 'step-up',
      arrayStringConcat(arraySlice(arrayMap(r -> r.2, arrayFilter(r -> r.4 > 0, reasons)), 1, 2), '; '), '') AS why
  FROM vestibule.decision FINAL
  WHERE kind IN ('handshake', 'ssh-connection') AND listener != {looking:String}
    AND clientAddress BETWEEN toIPv6({first:String}) AND toIPv6({last:String})
    AND observedAt > now() - INTERVAL 1 DAY
  UNION ALL
  SELECT observedAt, 'outcome' AS what,
    multiIf(revokes IS NOT NULL, 'taken back', authenticated, 'proof: an authenticated exchange',
      result = 'incident', 'incident', result = 'false-positive', 'reported as a false positive', 'check not met') AS word,
    listener, concat(ifNull(concat(reason, ', '), ''), if(actor IS NULL, '', concat('told by ', actor))) AS why
  FROM vestibule.outcome FINAL
  WHERE (revokes IS NOT NULL OR authenticated OR result IN ('incident', 'false-positive')
      OR arrayExists(c -> c.2 IN ('wrong', 'timeout'), challenges))
    AND clientAddress BETWEEN toIPv6({first:String}) AND toIPv6({last:String})
    AND observedAt > now() - INTERVAL 1 DAY
) ORDER BY observedAt DESC LIMIT 2000`

const MOST_LINES = 16

/** Where a client was served lately and what changed it, oldest first: equal answers in a row are one line. */
export function moveLines(newestFirst: readonly MoveRow[]): readonly string[] {
  const stretches: { first: MoveRow; last: MoveRow; count: number }[] = []
  for (const row of newestFirst.toReversed()) {
    const before = stretches.at(-1)
    const same = before?.first.kind === row.kind && before.first.word === row.word
    if (same && before.first.listener === row.listener) {
      before.last = row
      before.count += 1
    } else stretches.push({ first: row, last: row, count: 1 })
  }
  return stretches.slice(-MOST_LINES).map(({ first, last, count }) => {
    const noun = first.kind === 'decision' ? 'connection' : 'time'
    const times =
      count === 1 && first.kind === 'outcome' ? '' : ` (${count} ${noun}${count === 1 ? '' : 's'})`
    const why = last.why === '' ? '' : `: ${last.why}`
    return `  ${first.at.slice(11, 23)}  ${first.listener}  ${first.word}${times}${why}`
  })
}
