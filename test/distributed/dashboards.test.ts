import { beforeAll, describe, expect, test } from '@jest/globals'
import { type ClickHouseClient } from '@clickhouse/client'
import { globSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { parse } from 'yaml'
import { z } from 'zod'
import { migrate } from '../../io/clickhouse/migrate.ts'
import { startServer } from '../io/clickhouse/server-process.ts'
import { findProgram, hasPrograms } from '../support/programs.ts'
import { run } from '../support/run.ts'
import { ROOT } from './compose-project.ts'

const read = (file: string): string => readFileSync(join(ROOT, file), 'utf8')
const Target = z.looseObject({ expr: z.string().optional(), rawSql: z.string().optional() })
const Dashboard = z.looseObject({
  uid: z.string(),
  panels: z.array(
    z.looseObject({
      id: z.int(),
      title: z.string(),
      datasource: z.object({ type: z.string(), uid: z.string() }),
      gridPos: z.object({ x: z.int(), y: z.int(), w: z.int(), h: z.int() }),
      targets: z.array(Target).min(1),
    }),
  ),
})
const Provisioned = z.object({
  datasources: z.array(z.looseObject({ uid: z.string(), type: z.string() })),
})
const Rules = z.object({
  groups: z.array(
    z.object({
      name: z.string(),
      rules: z.array(
        z.object({
          alert: z.string(),
          expr: z.string(),
          for: z.string().optional(),
          labels: z.object({ severity: z.enum(['warning', 'critical']) }),
          annotations: z.object({ summary: z.string().min(1), action: z.string().min(1) }),
        }),
      ),
    }),
  ),
})
const Scrape = z.looseObject({
  scrape_configs: z.array(
    z.looseObject({ static_configs: z.array(z.looseObject({ targets: z.array(z.string()) })) }),
  ),
})

const files = globSync('dashboards/grafana/*.json', { cwd: ROOT }).toSorted()
const dashboards = files.map((file) => Dashboard.parse(JSON.parse(read(file))))
const panels = dashboards.flatMap((dashboard) => dashboard.panels)
const rules = Rules.parse(parse(read('dashboards/prometheus/alerts.yml'))).groups.flatMap(
  (group) => group.rules,
)
const code = globSync('{lib,io,producers,processors,sinks,routing-api}/**/*.ts', { cwd: ROOT })
  .map(read)
  .join('\n')

/** Names of ours that an expression of Prometheus reads. */
function metricsOf(expression: string): readonly string[] {
  return [...expression.matchAll(/\bvestibule_[a-z_]+/g)].map(([name]) => name)
}

/** Whether a service makes it; names get their prefix where metrics are made. */
function isExported(name: string): boolean {
  const whole = name.replace(/_(bucket|sum|count)$/, '')
  return [name, whole].some(
    (one) => code.includes(`'${one}'`) || code.includes(`'${one.replace('vestibule_', '')}'`),
  )
}

describe('what dashboards and alerts ask for is there', () => {
  test('two dashboards, their panels side by side, none over another', () => {
    expect(files).toEqual(['dashboards/grafana/decisions.json', 'dashboards/grafana/pipeline.json'])
    for (const dashboard of dashboards) {
      expect(new Set(dashboard.panels.map(({ id }) => id)).size).toBe(dashboard.panels.length)
      const places = dashboard.panels.map(({ gridPos }) => `${gridPos.x}/${gridPos.y}`)
      expect(new Set(places).size).toBe(places.length)
    }
  })

  test('every metric is one that a service exports', () => {
    const expressions = [
      ...panels.flatMap(({ targets }) => targets.map(({ expr }) => expr ?? '')),
      ...rules.map(({ expr }) => expr),
    ]
    const names = new Set(expressions.flatMap(metricsOf))
    expect(names.size).toBeGreaterThan(18)
    expect([...names].filter((name) => !isExported(name))).toEqual([])
    expect(isExported('vestibule_no_such_total')).toBe(false)
  })

  test('every data source of a panel is provisioned', () => {
    const provisioned = Provisioned.parse(
      parse(read('dashboards/provisioning/datasources/vestibule.yml')),
    )
    const known = provisioned.datasources.map(({ uid, type }) => `${type} ${uid}`)
    for (const { datasource } of panels)
      expect(known).toContain(`${datasource.type} ${datasource.uid}`)
  })

  test('Prometheus scrapes services of docker-compose.yml on the port they serve metrics on', () => {
    const compose = read('docker-compose.yml')
    const { scrape_configs } = Scrape.parse(parse(read('dashboards/prometheus/prometheus.yml')))
    const targets = scrape_configs.flatMap((one) =>
      one.static_configs.flatMap((each) => each.targets),
    )
    expect(targets).toEqual([
      'process:9100',
      'sink:9100',
      'serve:9100',
      '172.31.87.1:9101',
      'follow-log:9100',
    ])
    for (const [host = '', port = ''] of targets.map((target) => target.split(':'))) {
      expect(compose).toMatch(
        /^\d/.test(host) ? `VESTIBULE_METRICS_HOST: ${host}` : `\n  ${host}:\n`,
      )
      expect(compose).toContain(`VESTIBULE_METRICS_PORT: '${port}'`)
    }
  })
})

describe('every query of a dashboard runs on the tables and views as they are', () => {
  let client: ClickHouseClient
  const queries = panels.flatMap(({ title, targets }) =>
    targets.flatMap(({ rawSql }) => (rawSql === undefined ? [] : [[title, rawSql] as const])),
  )

  beforeAll(async () => {
    const server = await startServer()
    client = server.writer()
    await migrate(client, { retentionDays: 30 })
  }, 30_000)

  test.each(queries)('%s', async (_title, sql) => {
    // What the data source's macros become, for a day in minutes.
    const query = sql
      .replaceAll(/\$__timeFilter\((\w+)\)/g, '$1 >= now() - INTERVAL 1 DAY AND $1 <= now()')
      .replaceAll(/\$__timeInterval\((\w+)\)/g, 'toStartOfInterval($1, INTERVAL 60 second)')
    expect(query).not.toContain('$')
    const result = await client.query({ query, format: 'JSONCompactEachRow' })
    expect(await result.json()).toEqual([])
  })
})

const withPromtool = hasPrograms('promtool') ? describe : describe.skip

withPromtool('Prometheus itself', () => {
  const promtool = (...args: readonly string[]): ReturnType<typeof run> =>
    run(findProgram('promtool') ?? '', args, { cwd: join(ROOT, 'dashboards/prometheus') })

  test('takes the configuration and the rules', async () => {
    const { code, stdout, stderr } = await promtool('check', 'config', 'prometheus.yml')
    expect([code, stderr]).toEqual([0, ''])
    expect(stdout).toContain(`${rules.length} rules found`)
  })

  test('raises alerts when they must come, and not before', async () => {
    const { code, stdout } = await promtool('test', 'rules', 'alerts.test.yml')
    expect([code, stdout]).toEqual([0, expect.stringContaining('SUCCESS')])
  })
})
