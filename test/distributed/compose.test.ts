import { beforeAll, describe, expect, test } from '@jest/globals'
import { existsSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { ENVIRONMENT, readConfig } from '../../lib/config.ts'
import { atTheEnd } from '../support/endings.ts'
import { hasGo } from '../support/go.ts'
import { temporaryFolder } from '../support/programs.ts'
import { run } from '../support/run.ts'
import {
  buildComposeCheck,
  loadCompose,
  parseProject,
  PASSWORDS,
  ROOT,
  type ComposeProject,
  type ComposeService,
} from './compose-project.ts'

const withGo = hasGo() ? describe : describe.skip
const OURS = ['capture', 'follow-log', 'process', 'replay', 'serve', 'sink']
const OTHERS = ['clickhouse', 'grafana', 'kafka', 'prometheus', 'schema-registry']
/** Runs once. */
const JOBS = ['replay']

let project: ComposeProject
const services = (): readonly (readonly [string, ComposeService])[] =>
  Object.entries(project.services)
const ours = (): readonly (readonly [string, ComposeService])[] =>
  services().filter(([name]) => OURS.includes(name))

withGo('docker-compose.yml', () => {
  beforeAll(async () => {
    await buildComposeCheck()
    const loaded = await loadCompose(PASSWORDS)
    if (loaded.code !== 0) throw new Error(loaded.stderr)
    project = parseProject(loaded.stdout)
  }, 300_000)

  test('is what the compose specification says, all its references resolved', () => {
    expect(services().map(([name]) => name)).toEqual([...OURS, ...OTHERS].toSorted())
  })

  test('has no passwords of its own, and says where they come from', async () => {
    const loaded = await loadCompose([])
    expect(loaded.code).toBe(1)
    expect(loaded.stderr).toContain('run scripts/compose-env.sh first')
    for (const [, { environment = {} }] of services()) {
      const secrets = Object.entries(environment).filter(([name]) =>
        /PASSWORD|TOKEN|SECRET/.test(name),
      )
      for (const [, value] of secrets)
        expect(PASSWORDS.map((one) => one.slice(-1))).toContain(value)
    }
  })

  test('pins every image by version', () => {
    for (const [, { image }] of services()) expect(image).toMatch(/^[a-z/-]+:v?\d+\.\d+(\.\d+)?$/)
  })

  test('watches, bounds and limits every service', () => {
    for (const [name, { deploy, healthcheck, logging }] of services()) {
      expect([name, logging?.options['max-size']]).toEqual([name, '10m'])
      expect([name, deploy?.resources.limits.cpus]).toEqual([name, expect.any(Number)])
      expect(healthcheck?.test.length ?? 0).toBeGreaterThan(2)
      if (!JOBS.includes(name))
        expect(project.services[name]).toMatchObject({ restart: 'unless-stopped' })
    }
  })

  test('gives nobody more than is needed: NET_RAW to capture, a writable root to none of ours', () => {
    for (const [name, service] of services()) {
      expect([name, service.cap_add]).toEqual([name, name === 'capture' ? ['NET_RAW'] : undefined])
      expect(service.privileged ?? false).toBe(false)
    }
    for (const [name, service] of ours()) {
      expect([name, service.read_only, service.cap_drop]).toEqual([name, true, ['ALL']])
      const confined = service.security_opt?.includes('no-new-privileges:true') ?? false
      expect([name, confined]).toEqual([name, name !== 'capture'])
    }
  })

  test('publishes on loopback only', () => {
    for (const [, { ports = [] }] of services()) {
      for (const port of ports) expect(port.host_ip).toBe('127.0.0.1')
    }
  })

  test('mounts what is there', () => {
    for (const [, { volumes = [] }] of services()) {
      for (const { type, source } of volumes) {
        if (type === 'bind') expect([source, existsSync(source)]).toEqual([source, true])
        else expect(Object.keys(project.volumes)).toContain(source)
      }
    }
  })

  test('sets our services by settings that exist and are accepted', () => {
    for (const [name, { environment = {} }] of ours()) {
      const settings: Record<string, string> = {}
      for (const [variable, value] of Object.entries(environment)) {
        expect(Object.keys(ENVIRONMENT)).toContain(variable)
        settings[variable] = value ?? ''
      }
      expect([name, readConfig(settings).kind]).toEqual([name, 'config'])
      expect(settings['VESTIBULE_SCHEMA_REGISTRY_URL']).toMatch(/\/apis\/ccompat\/v7$/)
    }
  })

  test('keeps schemas where a restart finds them', () => {
    expect(project.services['schema-registry']?.environment).toMatchObject({
      APICURIO_STORAGE_KIND: 'kafkasql',
    })
  })
})

test('every variable of docker-compose.yml is in the manual', () => {
  const text = readFileSync(join(ROOT, 'docker-compose.yml'), 'utf8')
  const manual = readFileSync(join(ROOT, 'docs/operations.md'), 'utf8')
  const names = new Set([...text.matchAll(/\$\{(\w+)/g)].map(([, name]) => name ?? ''))
  expect(names.size).toBeGreaterThan(6)
  expect([...names].filter((name) => !manual.includes(name))).toEqual([])
})

describe('scripts/compose-env.sh', () => {
  const folder = temporaryFolder('compose-env')
  atTheEnd(folder.remove)
  const file = join(folder.path, '.env')
  const lines = (): string[] => readFileSync(file, 'utf8').trimEnd().split('\n')

  test('makes a password each, for the owner only, and leaves what is there', async () => {
    writeFileSync(file, 'VESTIBULE_SITE=ams1\nGRAFANA_ADMIN_PASSWORD=mine\n', { mode: 0o600 })
    expect((await run(join(ROOT, 'scripts/compose-env.sh'), [file])).code).toBe(0)
    expect(lines().map((line) => line.replace(/[0-9a-f]{48}$/, 'HEX'))).toEqual([
      'VESTIBULE_SITE=ams1',
      'GRAFANA_ADMIN_PASSWORD=mine',
      'VESTIBULE_CLICKHOUSE_PASSWORD=HEX',
      'GRAFANA_CLICKHOUSE_PASSWORD=HEX',
    ])
    expect(statSync(file).mode & 0o777).toBe(0o600)
    const before = lines()
    await run(join(ROOT, 'scripts/compose-env.sh'), [file])
    expect(lines()).toEqual(before)
    expect(new Set(before).size).toBe(4)
  })
})
