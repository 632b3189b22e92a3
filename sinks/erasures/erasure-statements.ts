import { rangeOfEntity } from '../../lib/client-range.ts'
import { CLIENT_COLUMNS } from './client-columns.ts'

/** One DELETE and its parameters. */
export interface ErasureStatement {
  readonly table: string
  readonly query: string
  readonly params: Readonly<Record<string, string>>
}

/**
 * What deletes a client from history: rows by its address, and by its name where a table holds entities, up to
 * `untilUs` (microseconds since 1970: a client that comes again later is a new one). Undefined where
 * `client` is no client entity. Waits until the rows are gone from the disk of every replica, not only hidden.
 */
export function erasureStatements(
  client: string,
  untilUs: number,
): readonly ErasureStatement[] | undefined {
  const range = rangeOfEntity(client)
  if (range === undefined) return undefined
  const until = (untilUs / 1e6).toFixed(6)
  return CLIENT_COLUMNS.map(({ table, column, holds }) => ({
    table,
    query: `ALTER TABLE vestibule.${table} DELETE WHERE ${condition(column, holds)} AND observedAt <= toDateTime64({until:String}, 6, 'UTC') SETTINGS mutations_sync = 2`,
    params: holds === 'address' ? { ...range, until } : { client, until },
  }))
}

function condition(column: string, holds: 'address' | 'client' | 'entity'): string {
  switch (holds) {
    case 'address':
      return `${column} BETWEEN toIPv6({first:String}) AND toIPv6({last:String})`
    case 'client':
      return `${column} = {client:String}`
    case 'entity':
      return ['ip:', 'ip-fp:']
        .flatMap((kind) => ['#', '|', ''].map((end) => [kind, end] as const))
        .map(([kind, end]) =>
          end === ''
            ? `${column} = concat('${kind}', {client:String})`
            : `startsWith(${column}, concat('${kind}', {client:String}, '${end}'))`,
        )
        .join(' OR ')
        .replace(/^(.*)$/, '($1)')
  }
}
