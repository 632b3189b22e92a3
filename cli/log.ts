import { type Command } from 'commander'
import { registerService } from './run-service.ts'

export function register(program: Command): void {
  registerService(
    program,
    'log',
    'The embedded event log: the one process that writes its store.',
    async () => (await import('../io/event-log/owner-main.ts')).main,
  )
}
