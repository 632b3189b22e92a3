import { type Command } from 'commander'
import { registerList } from './list-command.ts'

export function register(program: Command): void {
  registerList(program, 'allow', 'never suspect an address or network')
}
