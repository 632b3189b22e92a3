import { type AuthLogs } from '../../gates/ssh/auth-logs.ts'
import { type GateWorld } from './gate-world.ts'
import { hearAttempts } from './hear-attempts.ts'

/** Follows the logs of the servers behind until the signal aborts. A log that cannot be read leaves the gate standing. */
export async function followLogs(
  world: GateWorld,
  logs: AuthLogs,
  signal: AbortSignal,
): Promise<void> {
  const names = new Map<string, string>()
  for (const { authLog, name } of world.config.listeners) {
    if (authLog !== undefined && !names.has(authLog)) names.set(authLog, name)
  }
  await Promise.all([...names].map(([path, name]) => followLog(world, logs, path, name, signal)))
}

async function followLog(
  world: GateWorld,
  logs: AuthLogs,
  path: string,
  name: string,
  signal: AbortSignal,
): Promise<void> {
  try {
    for await (const attempts of logs.follow(path, name, signal)) {
      logs.publish(hearAttempts(world, attempts, logs.addresses))
    }
  } catch (error) {
    world.logger.error('the log of the server behind is not followed any more', { error, path })
  }
}
