import { type Command } from 'commander'
import { configFrom, runUntilSignal, serviceOptions } from './run-service.ts'

interface ServeFlags {
  readonly data?: string
  readonly site?: string
  readonly metricsPort?: number
  readonly spopPort?: number
}

export function register(program: Command): void {
  serviceOptions(program.command('serve').description('the routing API'))
    .option('--spop-port <port>', "HAProxy's agent on this port of the loopback", Number)
    .action(async (flags: ServeFlags) => {
      const { spopPort } = flags
      const config = configFrom(flags, spopPort === undefined ? {} : { spopPort })
      const { main } = await import('../routing-api/main.ts')
      await runUntilSignal((signal) => main(config, signal))
    })
}
