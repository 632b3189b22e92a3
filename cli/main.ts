import { enableCompileCache } from 'node:module'
import { join } from 'node:path'

/**
 * Stripping types and compiling costs more than most commands do: what it comes to is kept beside the
 * program, where nobody may write who may not change the program itself. Without a right to write
 * there nothing is kept.
 */
enableCompileCache(join(import.meta.dirname, '../.tools/compile-cache'))

await import('./program.ts')
