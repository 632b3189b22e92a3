import { type Command } from 'commander'
import { configFrom, serviceOptions } from './run-service.ts'

export function register(program: Command): void {
  const command = program
    .command('clickhouse')
    .description("The embedded ClickHouse: chdb behind ClickHouse's HTTP interface.")
  serviceOptions(command).action(async (flags: { data?: string; site?: string }) => {
    process.env['VESTIBULE_DATA'] = configFrom(flags).dataDir
    await import('../io/clickhouse/server-main.ts')
  })
}
