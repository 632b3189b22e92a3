import { type Command } from 'commander'
import { registerService } from './run-service.ts'

export function register(program: Command): void {
  registerService(
    program,
    'process',
    'processors: events to profiles and scores',
    async () => (await import('../processors/main.ts')).main,
  )
}
