import { enableCompileCache } from 'node:module'
import { join } from 'node:path'

/**
 * Stripping types and compiling costs more than most commands do: what it comes to is kept beside the
 * program, where nobody may write who may not change the program itself. Without a right to write
 * there nothing is kept.
 */
enableCompileCache(join(import.meta.dirname, '../.tools/compile-cache'))

const [command, ...args] = process.argv.slice(2)
// Every ssh waits for this one: it does without the library that reads the others' options.
const isLean = command === 'ssh-connect' && !args.includes('--help') && !args.includes('-h')
if (isLean) await import('./ssh-connect/main.ts')
else await import('./program.ts')
