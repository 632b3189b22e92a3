import { field } from '../../support/haproxy.ts'
import { type TwoTiers } from '../../support/two-tiers.ts'
import { visit } from '../../support/tls-clients.ts'
import { type Stamped, unexplained } from './explained.ts'

/** What reloads under load did to the connections that came meanwhile. */
export interface ReloadCount {
  readonly reloads: number
  readonly connections: number
  readonly failed: number
  readonly undecided: number
  /** Of those, the ones with neither a late answer nor a health check that had the agent out (explained.ts). */
  readonly unexplained: number
  /** Undecided by the code in txn.vst.error; `-`: not asked, the breaker was open. */
  readonly reasons: Readonly<Record<string, number>>
  readonly p99ms: number
}

const LOOPS = 4
const FROM = '127.0.4.1'

/** Reloads the front tier time and again while connections come without a pause. */
export async function reloadUnderLoad(
  tiers: TwoTiers,
  reloads: number,
  stamped: readonly Stamped[],
): Promise<ReloadCount> {
  let done = false
  let failed = 0
  const times: number[] = []
  const load = async (): Promise<void> => {
    while (!done) {
      const { status, ms } = await visit({ port: tiers.port, from: FROM })
      times.push(ms)
      if (status !== 200) failed += 1
    }
  }
  const loops = Array.from({ length: LOOPS }, load)
  for (let n = 0; n < reloads; n += 1) {
    const before = times.length
    await tiers.front.reload()
    while (times.length < before + 40) await new Promise((resolve) => setTimeout(resolve, 10))
  }
  done = true
  await Promise.all(loops)
  const lines = tiers.front.lines.filter((line) => field(line, 'ci') === FROM)
  const undecided = lines.filter((line) => field(line, 'pool') === '-')
  const reasons: Record<string, number> = {}
  for (const line of undecided) {
    const code = field(line, 'err') ?? '?'
    reasons[code] = (reasons[code] ?? 0) + 1
  }
  times.sort((a, b) => a - b)
  const p99ms = Math.round(times[Math.floor(times.length * 0.99)] ?? 0)
  const connections = times.length
  const without = unexplained(lines, stamped)
  const counts = { undecided: undecided.length, unexplained: without }
  return { reloads, connections, failed, ...counts, reasons, p99ms }
}
