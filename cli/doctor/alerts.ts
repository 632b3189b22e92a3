import { type ClickHouseClient } from '@clickhouse/client'
import { rowsOf } from '../history-client.ts'
import { good, warning, type Finding } from './check.ts'

/** What a person can do about what went wrong with the machinery, by the kind of its alerts. */
const MEND: Readonly<Record<string, string>> = {
  'capture-loss':
    "narrow the capture with --filter, or split the mirror over several interfaces; 'where' of vestibule_capture_dropped says who lost them",
  clock: 'set the clock of that sensor by NTP: events of a clock that runs ahead are held back',
  'state-pressure':
    'take entries off the lists, or give them an end: vestibule allow|deny CIDR --remove; then put what was left out once more',
  'sink-stalled':
    'see whether ClickHouse answers and has room; the log keeps what it has not taken',
}

/** What the last day's alerts say of the machinery itself: losses, clocks, lists without room. */
export async function checkAlerts(client: ClickHouseClient): Promise<readonly Finding[]> {
  const rows = await rowsOf(
    client,
    `SELECT kind, entity, count() AS alerts, argMax(message, observedAt) AS newest
     FROM vestibule.alert FINAL
     WHERE observedAt > now() - INTERVAL 1 DAY AND kind IN ({kinds: Array(String)})
     GROUP BY kind, entity ORDER BY alerts DESC LIMIT 10`,
    { kinds: Object.keys(MEND) },
  )
  if (rows.length === 0) return [good('alerts', 'no loss, clock or lack of room in a day')]
  return rows.map((row) => {
    const kind = String(row['kind'])
    const times = Number(row['alerts'])
    const again = times === 1 ? '' : ` (${times} times in a day)`
    return warning(kind, `${String(row['newest'])}${again}`, MEND[kind] ?? '')
  })
}
