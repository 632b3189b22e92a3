import { type Standing } from './standings.ts'

const SERVERS = ['data-1', 'data-2', 'data-3'] as const

/** The live table: who came, where it is served now, and by which data servers. */
export function tableOf(
  standings: readonly Standing[],
  bad: ReadonlySet<string>,
  colour: boolean,
): readonly string[] {
  const head = row(
    'CLIENT',
    'SEEN',
    'SCORE',
    'POOL',
    'CHECK',
    ...SERVERS.map((id) => `${id}${bad.has(id) ? ' BAD' : ''}`),
    '',
  )
  const lines = standings.map((one) => {
    const { visitor, connections, score, pool = '', check = '', servers } = one
    const counts = SERVERS.map((id) => String(servers.get(id) ?? '.'))
    const text = row(
      visitor.name,
      String(connections),
      score === undefined ? '' : score.toFixed(2),
      pool,
      check,
      ...counts,
      noteOf(one),
    )
    return colour ? `${pool === 'mitigation' ? '\u001b[31m' : '\u001b[32m'}${text}\u001b[0m` : text
  })
  return [colour ? `\u001b[1m${head}\u001b[0m` : head, ...lines]
}

function noteOf({ visitor, movedAfterMs }: Standing): string {
  if (movedAfterMs !== undefined) return `moved after ${(movedAfterMs / 1_000).toFixed(1)} s`
  return visitor.wants === undefined ? '' : `suits ${visitor.wants}`
}

const WIDTHS = [10, 6, 6, 11, 6, 11, 11, 11]

function row(...cells: readonly string[]): string {
  return cells
    .map((cell, n) => cell.padEnd(WIDTHS[n] ?? 0))
    .join(' ')
    .trimEnd()
}
