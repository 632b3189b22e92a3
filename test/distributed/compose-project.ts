import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { z } from 'zod'
import { findGo } from '../support/go.ts'
import { run, type Ran } from '../support/run.ts'

export const ROOT = join(import.meta.dirname, '../..')
const CHECK = join(ROOT, 'scripts/compose-check')
const PROGRAM = join(ROOT, '.tools/compose-check/compose-check')

const Port = z.looseObject({
  host_ip: z.string().optional(),
  published: z.string().optional(),
  target: z.int(),
})
const Volume = z.looseObject({ type: z.string(), source: z.string(), target: z.string() })
const Service = z.looseObject({
  image: z.string(),
  command: z.array(z.string()).nullish(),
  build: z.looseObject({ context: z.string(), target: z.string() }).optional(),
  user: z.string().optional(),
  environment: z.record(z.string(), z.string().nullable()).optional(),
  healthcheck: z.looseObject({ test: z.array(z.string()) }).optional(),
  deploy: z
    .looseObject({
      resources: z.object({ limits: z.looseObject({ cpus: z.number(), memory: z.string() }) }),
    })
    .optional(),
  logging: z.looseObject({ options: z.record(z.string(), z.string()) }).optional(),
  read_only: z.boolean().optional(),
  cap_add: z.array(z.string()).optional(),
  cap_drop: z.array(z.string()).optional(),
  security_opt: z.array(z.string()).nullish(),
  privileged: z.boolean().optional(),
  ports: z.array(Port).optional(),
  volumes: z.array(Volume).optional(),
})
const Project = z.looseObject({
  services: z.record(z.string(), Service),
  volumes: z.record(z.string(), z.unknown()),
})

export type ComposeProject = z.infer<typeof Project>
export type ComposeService = z.infer<typeof Service>

export const PASSWORDS = [
  'VESTIBULE_CLICKHOUSE_PASSWORD=a',
  'GRAFANA_CLICKHOUSE_PASSWORD=b',
  'GRAFANA_ADMIN_PASSWORD=c',
] as const

/** Builds what loads compose files with docker compose's own library. Rejects when that cannot be had. */
export async function buildComposeCheck(): Promise<void> {
  mkdirSync(join(ROOT, '.tools/compose-check'), { recursive: true })
  const options = { cwd: CHECK, timeoutMs: 240_000, env: { GOTOOLCHAIN: 'local' } }
  const built = await run(findGo() ?? 'go', ['build', '-o', PROGRAM, '.'], options)
  if (built.code !== 0) throw new Error(built.stderr)
}

/** Loads docker-compose.yml with these variables and no others: schema, interpolation, references. */
export function loadCompose(variables: readonly string[]): Promise<Ran> {
  return run(PROGRAM, [join(ROOT, 'docker-compose.yml'), ...variables])
}

export function parseProject(text: string): ComposeProject {
  return Project.parse(JSON.parse(text))
}
