/**
 * `npm run schema-registry [-- --port 8081]`: a real schema registry for people without Docker, its schemas in
 * memory, until Ctrl-C.
 */
import { execFileSync } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { startRegistry } from './registry.ts'

const { values } = parseArgs({ options: { port: { type: 'string', default: '8081' } } })
execFileSync(join(import.meta.dirname, 'fetch.sh'), { stdio: 'inherit' })
const log = join(mkdtempSync(join(tmpdir(), 'vestibule-registry-')), 'registry.log')
const registry = await startRegistry(Number(values.port), log)
process.stdout.write(
  `${registry.version} serves at ${registry.url}, log in ${log}\n` +
    `try: VESTIBULE_SCHEMA_REGISTRY_URL=${registry.url} bin/vestibule up --replay corpus/demo/demo.pcap.gz\n`,
)
await Promise.race([once(process, 'SIGINT'), once(process, 'SIGTERM')])
await registry.end()
process.exit(0)
