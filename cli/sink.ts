import { type Command } from 'commander'
import { registerService } from './run-service.ts'

export function register(program: Command): void {
  registerService(
    program,
    'sink',
    'sinks: topics to ClickHouse',
    async () => (await import('../sinks/main.ts')).main,
  )
}
