import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import { spawn } from 'node:child_process'
import {
  copyFileSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  writeFileSync,
} from 'node:fs'
import { join } from 'node:path'
import { openEventLog } from '../../io/event-log/open.ts'
import { singleObjectCodec } from '../../lib/codec/single-object.ts'
import { SILENT } from '../../lib/logger.ts'
import { type Contribution } from '../../schemas/generated/records.ts'
import { startApiProcess, type ApiProcess } from '../support/api-process.ts'
import { eventually } from '../support/eventually.ts'
import { exampleRecord } from '../support/example-record.ts'
import { freePort } from '../support/free-port.ts'
import { hasPrograms, temporaryFolder } from '../support/programs.ts'
import { run, type Ran } from '../support/run.ts'

const ROOT = join(import.meta.dirname, '../..')
const CROWDSEC = join(ROOT, '.tools/crowdsec')

let api: ApiProcess
let folder: { path: string; remove: () => void }

function contribution(feature: string): Contribution {
  const about = { value: 1, unit: 'x', baseline: null, oneIn: null, nats: 6, points: 50 }
  return { ...about, feature, text: `one kind of evidence: ${feature}` }
}

/** Two suspects, one of them behind a shared address, and what an operator denied but for one address. */
beforeAll(async () => {
  folder = temporaryFolder('export')
  api = await startApiProcess('shadow: false\n')
  const log = await openEventLog(api.config, { logger: SILENT })
  const codec = singleObjectCodec()
  const now = Date.now()
  const scores = [
    ['ip:203.0.113.9#ssh', false],
    ['ip:2001:db8:1:2::/64#ssh', false],
    ['ip:203.0.113.10#ssh', true],
  ] as const
  for (const [entity, shared] of scores) {
    const score = exampleRecord('Score', {
      ...{ entity, kind: 'ip', protocol: 'ssh', value: 95, evidence: 12, shared },
      ...{ lastSuccessAt: null, asOf: now * 1000, halfLifeMs: 86_400_000 },
      ...{ validUntil: (now + 86_400_000) * 1000, cap: null },
      contributions: ['s_fail', 's_cookie_dup'].map((feature) => contribution(feature)),
    })
    const value = codec.encode('Score', score)
    await log.append('scores', [{ key: entity, value, timestampMs: now }])
  }
  await log.close()
  const word = { reason: 'seen before; "} drop', actor: 'anna' }
  await eventually('the lists are known', async () => {
    const deny = await api.call('PUT', '/v1/lists/deny/192.0.2.0%2F24', word)
    const allow = await api.call('PUT', '/v1/lists/allow/192.0.2.7%2F32', word)
    return deny.status === 200 && allow.status === 200
  })
}, 60_000)
afterAll(async () => {
  await api.stop()
  folder.remove()
}, 30_000)

function exported(...args: readonly string[]): Promise<Ran> {
  return run(join(ROOT, 'bin/vestibule'), ['export', ...args, '--data', api.config.dataDir])
}

async function exportedTo(name: string, ...args: readonly string[]): Promise<string> {
  const file = join(folder.path, name)
  const ran = await exported(...args, '--output', file)
  expect([ran.code, ran.stdout, ran.stderr]).toEqual([
    0,
    '',
    "listed: 2 by score, 8 by operators' word; held back: 1 on shared addresses or by one kind of evidence\n",
  ])
  return file
}

describe('vestibule export', () => {
  test('gives the same bytes twice, replaces the file whole, and leaves it when it cannot', async () => {
    const file = await exportedTo('twice.json', 'crowdsec')
    const first = readFileSync(file, 'utf8')
    await exportedTo('twice.json', 'crowdsec')
    expect(readFileSync(file, 'utf8')).toBe(first)
    expect(readdirSync(folder.path)).toEqual(['twice.json'])
    const elsewhere = ['export', 'crowdsec', '--data', join(folder.path, 'none'), '--output', file]
    const failed = await run(join(ROOT, 'bin/vestibule'), elsewhere)
    expect(failed.code).toBe(1)
    expect(readFileSync(file, 'utf8')).toBe(first)
  }, 30_000)

  test.each([
    [['nftables', '--ttl', 'soon'], '--ttl soon: say 30m, 12h or 7d'],
    [['nftables', '--table', 'a b'], '--table a b: letters, digits, _ and - only'],
    [['crowdsec', '--min-band', 'low'], 'Allowed choices are medium, high, critical'],
  ])('%j is refused with a sentence', async (args, sentence) => {
    const ran = await exported(...args)
    expect(ran.code).toBe(2)
    expect(ran.stderr).toContain(sentence)
  })
})

;(hasPrograms('nft') ? describe : describe.skip)('with real nftables', () => {
  test('the file is valid, loads over itself, and holds the addresses with their times', async () => {
    const file = await exportedTo('list.nft', 'nftables', '--ttl', '2h')
    // A network namespace of its own: the host's filters are not touched.
    const commands = `nft -c -f ${file} && nft -f ${file} && nft -f ${file} && nft -j list table inet vestibule`
    const ran = await run('unshare', ['-rn', 'sh', '-c', commands])
    expect([ran.code, ran.stderr]).toEqual([0, ''])
    expect(ran.stdout).toContain('"203.0.113.9"')
    expect(ran.stdout).toContain('"timeout": 7200')
    expect(ran.stdout).toContain('"addr": "2001:db8:1:2::", "len": 64')
    expect(ran.stdout).not.toContain('203.0.113.10')
    expect(ran.stdout).not.toContain('"192.0.2.7"')
  }, 30_000)
})

;(hasPrograms('fail2ban-client') ? describe : describe.skip)('with a real fail2ban', () => {
  test('the commands ban the addresses in the jail', async () => {
    const file = await exportedTo('list.f2b', 'fail2ban', '--jail', 'vestibule')
    const config = fail2banConfig(join(folder.path, 'f2b'))
    const client = (...args: readonly string[]): Promise<Ran> =>
      run('fail2ban-client', ['-c', config, '-s', `${config}/sock`, '-p', `${config}/pid`, ...args])
    const started = await client('-b', 'start')
    try {
      expect(started.code).toBe(0)
      const input = readFileSync(file, 'utf8')
      const socket = ['-c', config, '-s', `${config}/sock`, '-p', `${config}/pid`, '-i']
      const fed = await run('fail2ban-client', socket, { input })
      expect(fed.stderr).toBe('')
      await eventually('all are banned', async () => {
        const { stdout } = await client('get', 'vestibule', 'banip')
        return stdout.trim().split(/\s+/).length === input.trim().split('\n').length - 2
      })
      const { stdout } = await client('get', 'vestibule', 'banip')
      expect(stdout).toContain('203.0.113.9')
      expect(stdout).toContain('192.0.2.128/25')
      expect((await client('get', 'vestibule', 'bantime')).stdout.trim()).toBe('14400')
    } finally {
      await client('stop')
    }
  }, 60_000)
})

function fail2banConfig(path: string): string {
  for (const sub of ['filter.d', 'action.d']) mkdirSync(join(path, sub), { recursive: true })
  writeFileSync(
    join(path, 'fail2ban.conf'),
    `[Definition]\nloglevel = INFO\nlogtarget = ${path}/log\nsyslogsocket = auto\nsocket = ${path}/sock\npidfile = ${path}/pid\ndbfile = None\n`,
  )
  writeFileSync(join(path, 'filter.d/none.conf'), '[Definition]\nfailregex = ^never <HOST>$\n')
  writeFileSync(
    join(path, 'action.d/nothing.conf'),
    '[Definition]\nactionban = true\nactionunban = true\n',
  )
  writeFileSync(join(path, 'watched.log'), '')
  writeFileSync(
    join(path, 'jail.conf'),
    `[vestibule]\nenabled = true\nfilter = none\nbackend = polling\nlogpath = ${path}/watched.log\nbantime = 60\nfindtime = 60\nmaxretry = 3\naction = nothing\n`,
  )
  return path
}

const describeCrowdsec = existsSync(join(CROWDSEC, 'cscli')) ? describe : describe.skip

describeCrowdsec('with a real CrowdSec', () => {
  test('its local API takes both formats as decisions', async () => {
    const json = await exportedTo('list.json', 'crowdsec', '--ttl', '3h')
    const csv = await exportedTo('list.csv', 'crowdsec', '--csv')
    const config = await crowdsecConfig(join(folder.path, 'crowdsec'))
    const cscli = (...args: readonly string[]): Promise<Ran> =>
      run(join(CROWDSEC, 'cscli'), ['-c', config, ...args])
    const credentials = join(folder.path, 'crowdsec/credentials.yaml')
    await cscli('machines', 'add', 'test', '-p', 'secret', '-f', credentials)
    const server = spawn(join(CROWDSEC, 'crowdsec'), ['-c', config, '-no-cs'], { stdio: 'ignore' })
    try {
      await eventually('its API answers', async () => {
        return (await cscli('decisions', 'list')).code === 0
      })
      for (const file of [json, csv]) {
        const ran = await cscli('decisions', 'import', '-i', file)
        expect([ran.code, ran.stderr]).toEqual([0, expect.not.stringContaining('level=error')])
        const { stdout } = await cscli('decisions', 'list', '-o', 'raw', '--all')
        expect(stdout.trim().split('\n').length).toBe(11)
        expect(stdout).toMatch(/,Ip:203\.0\.113\.9,vestibule\/ssh-critical,ban,/)
        // cscli 1.4 calls every scope Ip, whatever the file says.
        expect(stdout).toMatch(/,(?:Ip|Range):2001:db8:1:2::\/64,vestibule\/ssh-critical,ban,/)
        expect(stdout).toMatch(/,(?:Ip|Range):192\.0\.2\.128\/25,vestibule\/deny-list,ban,/)
        await cscli('decisions', 'delete', '--all')
      }
    } finally {
      server.kill('SIGKILL')
    }
  }, 60_000)
})

async function crowdsecConfig(path: string): Promise<string> {
  for (const sub of ['data', 'hub']) mkdirSync(join(path, sub), { recursive: true })
  copyFileSync(join(CROWDSEC, 'profiles.yaml'), join(path, 'profiles.yaml'))
  writeFileSync(join(path, 'simulation.yaml'), 'simulation: off\n')
  writeFileSync(join(path, 'hub/.index.json'), '{}')
  const file = join(path, 'config.yaml')
  writeFileSync(
    file,
    `common: { daemonize: false, log_media: stdout, log_level: info, working_dir: ${path} }
config_paths:
  config_dir: ${path}
  data_dir: ${path}/data
  simulation_path: ${path}/simulation.yaml
  hub_dir: ${path}/hub
  index_path: ${path}/hub/.index.json
  notification_dir: ${path}
  plugin_dir: ${path}
cscli: { output: raw }
db_config: { type: sqlite, db_path: ${path}/data/crowdsec.db }
api:
  client: { insecure_skip_verify: false, credentials_path: ${path}/credentials.yaml }
  server: { listen_uri: '127.0.0.1:${await freePort()}', profiles_path: ${path}/profiles.yaml }
prometheus: { enabled: false }
`,
  )
  return file
}
