import { type Ability, lessAble } from './observed.ts'

/**
 * HAProxy's statistics as CSV (management guide, section 9.1; `show stat`, or `;csv` over HTTP): a line
 * `# pxname,svname,...` names the columns, each server is a line. Names cannot hold commas or quotes;
 * free texts (last_chk) are quoted by RFC 4180.
 */
export interface ServerLine {
  readonly backend: string
  readonly server: string
  readonly state: Ability
  /** Sessions it serves, and those that wait for it. */
  readonly connections: number
}

export type Stats =
  | { readonly kind: 'stats'; readonly lines: readonly ServerLine[] }
  | { readonly kind: 'reject'; readonly code: 'no-header' | 'no-column'; readonly at: string }

/** Bytes of statistics that are read: some 10,000 servers. */
export const STATS_BYTES = 8 << 20
const MOST_LINES = 20_000
const NEEDED = ['pxname', 'svname', 'scur', 'qcur', 'status', 'weight'] as const
/** Lines that sum others up. */
const SUMS: readonly string[] = ['FRONTEND', 'BACKEND']

/** Reads the lines of servers; a line that cannot be read is left out. */
export function parseStats(csv: string): Stats {
  const rows = csv.split('\n', MOST_LINES)
  const header = rows[0]?.trim() ?? ''
  if (!header.startsWith('# '))
    return { kind: 'reject', code: 'no-header', at: header.slice(0, 40) }
  const names = header.slice(2).split(',')
  const missing = NEEDED.find((name) => !names.includes(name))
  if (missing !== undefined) return { kind: 'reject', code: 'no-column', at: missing }
  const place = new Map(names.map((name, i) => [name, i]))
  const lines = rows.slice(1).flatMap((row): readonly ServerLine[] => {
    if (row.trim() === '') return []
    const fields = fieldsOf(row)
    const field = (name: (typeof NEEDED)[number]): string => fields[place.get(name) ?? -1] ?? ''
    const server = field('svname')
    const state = abilityOf(field('status'), field('weight'))
    if (server === '' || SUMS.includes(server) || state === undefined) return []
    const connections = count(field('scur')) + count(field('qcur'))
    return [{ backend: field('pxname'), server, state, connections }]
  })
  return { kind: 'stats', lines }
}

/**
 * `UP`, `UP 1/3`, `DOWN`, `DOWN 1/2`, `MAINT`, `MAINT (via x/y)`, `DRAIN`, `NOLB`, `no check`. A weight of
 * nothing gets no new connections, whatever the status.
 */
function abilityOf(status: string, weight: string): Ability | undefined {
  const word = status.split(' ', 1)[0]
  if (word === 'UP' || word === 'no') return weight === '0' ? 'draining' : 'up'
  if (word === 'DRAIN' || word === 'NOLB') return 'draining'
  if (word === 'DOWN' || word === 'MAINT') return 'down'
  return undefined
}

function count(text: string): number {
  return /^\d{1,9}$/.test(text) ? Number(text) : 0
}

/** One line of CSV. */
function fieldsOf(row: string): readonly string[] {
  const fields: string[] = []
  let field = ''
  let quoted = false
  for (let i = 0; i < row.length; i += 1) {
    const char = row.charAt(i)
    if (char === '"') {
      if (quoted && row.charAt(i + 1) === '"') {
        field += char
        i += 1
      } else quoted = !quoted
    } else if (char === ',' && !quoted) {
      fields.push(field)
      field = ''
    } else field += char
  }
  fields.push(field)
  return fields
}

/** One server over several lines (backends, balancers): connections add up, and who serves anywhere is up. */
export interface Seen {
  readonly state: Ability
  readonly connections: number
}

/** Servers by name, over the lines of these backends; none named: of all. */
export function seenServers(
  lines: readonly ServerLine[],
  backends: readonly string[],
): ReadonlyMap<string, Seen> {
  const seen = new Map<string, Seen>()
  for (const { backend, server, state, connections } of lines) {
    if (backends.length > 0 && !backends.includes(backend)) continue
    seen.set(server, joined(seen.get(server), { state, connections }))
  }
  return seen
}

/** What two lines say of one server. */
export function joined(a: Seen | undefined, b: Seen): Seen {
  if (a === undefined) return b
  const state = lessAble(a.state, b.state) === a.state ? b.state : a.state
  return { state, connections: a.connections + b.connections }
}
