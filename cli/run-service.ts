import { type Command } from 'commander'
import { UsageError } from './usage-error.ts'
import { readConfig, type Config } from '../lib/config.ts'

/** A service: runs until the signal aborts, drains, closes. Throws what a person must read. */
export type ServiceMain = (config: Config, signal: AbortSignal) => Promise<void>

/** Options every service knows; what is not given comes from the environment. */
export function serviceOptions(command: Command): Command {
  return command
    .option('--data <dir>', 'folder of the embedded log, ClickHouse and secrets')
    .option('--site <name>', 'name of the place this runs at')
    .option('--metrics-port <port>', 'serve /metrics on this port', Number)
}

interface ServiceFlags {
  readonly data?: string
  readonly site?: string
  readonly metricsPort?: number
}

/** Settings from flags over environment over defaults; a bad one ends the command with a sentence. */
export function configFrom(flags: ServiceFlags, more: Partial<Config> = {}): Config {
  const result = readConfig(process.env, {
    ...(flags.data === undefined ? {} : { dataDir: flags.data }),
    ...(flags.site === undefined ? {} : { site: flags.site }),
    ...(flags.metricsPort === undefined ? {} : { metricsPort: flags.metricsPort }),
    ...more,
  })
  if (result.kind === 'fault') throw new UsageError(result.message)
  return result.config
}

/**
 * Runs a service until SIGINT or SIGTERM, or until the supervisor that started it is gone. A second
 * signal ends it at once.
 */
export async function runUntilSignal(run: (signal: AbortSignal) => Promise<void>): Promise<void> {
  const stop = new AbortController()
  const onSignal = (): void => {
    if (stop.signal.aborted) process.exit(130)
    stop.abort()
  }
  process.on('SIGINT', onSignal)
  process.on('SIGTERM', onSignal)
  process.on('disconnect', () => {
    stop.abort()
  })
  await run(stop.signal)
  process.off('SIGINT', onSignal)
  process.off('SIGTERM', onSignal)
  if (process.connected) process.disconnect()
}

/** Registers a command that is one service and nothing else. */
export function registerService(
  program: Command,
  name: string,
  summary: string,
  load: () => Promise<ServiceMain>,
): void {
  serviceOptions(program.command(name).description(summary)).action(async (flags: ServiceFlags) => {
    const config = configFrom(flags)
    const main = await load()
    await runUntilSignal((signal) => main(config, signal))
  })
}
