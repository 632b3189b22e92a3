import { followLoads } from '../routing-api/loads/follow-loads.ts'
import { type Api } from '../routing-api/routes/api.ts'
import { askAgent } from './agent-check.ts'
import { readStats } from './haproxy-stats.ts'
import { sleep } from './sleep.ts'

/** Asks the agents and balancers that the policy in force names, until the signal aborts. */
export function followServerLoads(
  { state, logger, metrics, now }: Pick<Api, 'state' | 'logger' | 'metrics' | 'now'>,
  signal: AbortSignal,
): Promise<void> {
  const world = { askAgent, readStats, sleep, now, logger, metrics }
  const settings = (): typeof state.policy.settings.loads => state.policy.settings.loads
  return followLoads({ ...world, servers: state.servers, settings }, signal)
}
