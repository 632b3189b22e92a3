import { type Command } from 'commander'
import { registerService } from './run-service.ts'

export function register(program: Command): void {
  registerService(
    program,
    'serve',
    'the routing API',
    async () => (await import('../routing-api/main.ts')).main,
  )
}
