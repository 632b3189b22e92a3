import { enableCompileCache } from 'node:module'
import { join } from 'node:path'

/** The thread that inspects one share of a capture; see inspect-shares.ts. Compiled code is kept as in main.ts. */
enableCompileCache(join(import.meta.dirname, '../../.tools/compile-cache'))

await import('./inspect-share.ts')
