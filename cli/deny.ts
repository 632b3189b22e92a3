import { type Command } from 'commander'
import { registerList } from './list-command.ts'

export function register(program: Command): void {
  registerList(program, 'deny', 'always refuse an address or network')
}
