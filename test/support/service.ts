import { spawn } from 'node:child_process'
import { join } from 'node:path'
import { ending } from './endings.ts'

const PROGRAM = join(import.meta.dirname, '../../bin/vestibule')

/** Starts a service of the command line, ended with its test file; the call gives what it said so far. */
export function startService(
  args: readonly string[],
  environment: Readonly<Record<string, string>>,
): () => string {
  const child = spawn(PROGRAM, args, {
    env: { ...process.env, ...environment },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  let said = ''
  for (const stream of [child.stdout, child.stderr]) {
    stream.on('data', (chunk: Buffer) => (said += chunk.toString()))
  }
  ending(child)
  return () => said
}
