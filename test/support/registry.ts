import { execFileSync } from 'node:child_process'
import { join } from 'node:path'
import { startRegistry, type Registry } from '../../scripts/schema-registry/registry.ts'
import { atTheEnd } from './endings.ts'
import { freePort } from './free-port.ts'
import { temporaryFolder } from './programs.ts'

const FETCH = join(import.meta.dirname, '../../scripts/schema-registry/fetch.sh')

/**
 * A real schema registry of the caller's own. Undefined where there is no Java or no Maven Central, which is said
 * on stderr; under CI=true it throws instead.
 */
export async function ownRegistry(): Promise<Registry | undefined> {
  try {
    execFileSync(FETCH, { stdio: 'pipe' })
  } catch (error) {
    if (process.env['CI'] === 'true') throw error
    process.stderr.write(`tests with a schema registry left out: ${String(error)}\n`)
    return undefined
  }
  const folder = temporaryFolder('schema-registry')
  const registry = await startRegistry(await freePort(), join(folder.path, 'registry.log'))
  atTheEnd(async () => {
    await registry.end()
    folder.remove()
  })
  return registry
}
