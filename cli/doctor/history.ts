import { type ClickHouseClient } from '@clickhouse/client'
import { rowsOf } from '../history-client.ts'
import { bad, good, warning, type Finding } from './check.ts'

const numberOf = (row: Record<string, unknown> | undefined, field: string): number =>
  Number(row?.[field] ?? 0)

/** What history holds, and how many days of it fit on the disk that is left. */
export async function checkHistory(client: ClickHouseClient, freeBytes: number): Promise<Finding> {
  let rows: readonly Record<string, unknown>[]
  try {
    rows = await rowsOf(
      client,
      `SELECT count() AS hellos, dateDiff('second', min(observedAt), max(observedAt)) AS seconds
       FROM vestibule.tls_hello`,
    )
  } catch (error) {
    if (!(error instanceof Error)) throw error
    return bad('history', error.message, "start it with 'vestibule up' or 'vestibule clickhouse'")
  }
  const hellos = numberOf(rows[0], 'hellos')
  const days = numberOf(rows[0], 'seconds') / 86_400
  if (hellos === 0) return warning('history', 'holds no hello yet', 'capture something first')
  const perDay = days > 0.04 ? (hellos / days) * BYTES_PER_HELLO : 0
  const left =
    perDay === 0 ? '' : `; at this rate the disk holds ${Math.floor(freeBytes / perDay)} days more`
  return good('history', `${hellos} hellos over ${days.toFixed(1)} days${left}`)
}

/** Bytes a hello and what follows from it take on disk, measured by bench sink. */
const BYTES_PER_HELLO = 400

/** A mirror that shows one direction only, or not all of it. */
export async function checkMirror(client: ClickHouseClient): Promise<readonly Finding[]> {
  const rows = await rowsOf(
    client,
    `SELECT sensor, count() AS hellos, countIf(coverageDirections != 'both') AS oneSided,
       countIf(coverageLostBytes > 0) AS lossy, countIf(not handshakeProven) AS unproven
     FROM vestibule.tls_hello WHERE observedAt > now() - INTERVAL 1 DAY GROUP BY sensor`,
  )
  return rows.map((row) => {
    const sensor = String(row['sensor'])
    const hellos = numberOf(row, 'hellos')
    const oneSided = numberOf(row, 'oneSided')
    const lossy = numberOf(row, 'lossy')
    if (oneSided > hellos / 2) {
      return warning(
        `mirror ${sensor}`,
        `${oneSided} of ${hellos} hellos were seen from one side only`,
        'mirror both directions of the port: without the answers nothing is proven, and unproven events score nobody',
      )
    }
    if (lossy > hellos / 100) {
      return warning(
        `mirror ${sensor}`,
        `${lossy} of ${hellos} hellos had bytes missing`,
        'the mirror or the capture loses packets: compare vestibule_capture_dropped with the switch port',
      )
    }
    return good(`mirror ${sensor}`, `${hellos} hellos in a day, both directions, whole`)
  })
}

/** Sources that look like proxies or health checks and want an allow entry. */
export async function checkMachinery(client: ClickHouseClient): Promise<readonly Finding[]> {
  const rows = await rowsOf(
    client,
    `SELECT replaceOne(toString(clientAddress), '::ffff:', '') AS client, count() AS connections,
       uniqExact(hassh) AS stacks, countIf(stage != 'kexinit') AS probes
     FROM vestibule.ssh_connection WHERE observedAt > now() - INTERVAL 1 DAY
     GROUP BY client HAVING probes > 100 AND probes = connections AND stacks <= 1 LIMIT 5`,
  )
  return rows.map((row) =>
    warning(
      'machinery',
      `${String(row['client'])} opened ${numberOf(row, 'connections')} SSH connections in a day and never spoke: a health check?`,
      `if it is yours: vestibule allow ${String(row['client'])} --reason 'health check'`,
    ),
  )
}

/** Sources of PROXY headers that look like proxies, yet are taken for clients. */
export async function checkProxies(client: ClickHouseClient): Promise<readonly Finding[]> {
  const rows = await rowsOf(
    client,
    `SELECT replaceOne(toString(clientAddress), '::ffff:', '') AS client, count() AS hellos,
       uniqExact(stableKey) AS stacks
     FROM vestibule.tls_hello WHERE observedAt > now() - INTERVAL 1 DAY AND proxied
     GROUP BY client HAVING hellos >= 20 AND stacks >= 4 ORDER BY hellos DESC LIMIT 5`,
  )
  return rows.map((row) =>
    warning(
      'proxy',
      `${String(row['client'])} sent ${numberOf(row, 'hellos')} hellos of ${numberOf(row, 'stacks')} programs behind PROXY headers: a proxy that is not believed?`,
      `if it is yours: trustedProxies: [${String(row['client'])}] in the policy`,
    ),
  )
}
