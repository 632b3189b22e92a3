import { afterEach, describe, expect, test } from '@jest/globals'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { slowHash } from '../../io/slow-hash.ts'
import { memoryEventLog } from '../../io/event-log/memory.ts'
import { createMetrics } from '../../io/metrics.ts'
import { freshId } from '../../io/fresh-id.ts'
import { sleep } from '../../io/sleep.ts'
import { watchFile } from '../../io/watch-file.ts'
import { EventLogError, type EventLog } from '../../lib/event-log.ts'
import { SILENT } from '../../lib/logger.ts'
import { CLEAR_ADDRESSES } from '../../lib/pseudonym.ts'
import { buildApi } from '../../routing-api/build-api.ts'
import { keepPolicy } from '../../routing-api/policy/seed.ts'
import { type Api } from '../../routing-api/routes/api.ts'
import { followState } from '../../routing-api/state/follow-state.ts'
import { type TopicName } from '../../schemas/topics.ts'
import { exampleRecord } from '../support/example-record.ts'
import { CODEC, run, TEST_KEYS } from './harness.ts'

const ends: (() => Promise<void>)[] = []
afterEach(async () => {
  for (const end of ends.splice(0).reverse()) await end()
})

async function until(condition: () => boolean): Promise<void> {
  const signal = AbortSignal.timeout(8_000)
  while (!condition()) {
    signal.throwIfAborted()
    await sleep(5, signal)
  }
}

/** One instance of the API on a log, without HTTP. */
function start(log: EventLog): Api {
  const metrics = createMetrics({ process: false })
  const stop = new AbortController()
  const ports = { log, codec: CODEC, metrics, logger: SILENT, sleep, now: Date.now, site: 'test' }
  const addresses = CLEAR_ADDRESSES
  const { api, outbox } = buildApi({
    ...ports,
    addresses,
    challengeKeys: TEST_KEYS,
    slowHash: slowHash(),
    monotonic: () => performance.now(),
    random: Math.random,
    key: 'test',
    freshId,
  })
  const running = Promise.all([followState(api.state, ports, stop.signal), outbox.run(stop.signal)])
  ends.push(async () => {
    stop.abort()
    await running
  })
  return api
}

function opened(): EventLog {
  const log = memoryEventLog()
  ends.push(() => log.close())
  return log
}

async function written(log: EventLog, topic: TopicName): Promise<number> {
  return (await log.ends(topic)).reduce((sum, end) => sum + end, 0)
}

describe('the routing API on an event log', () => {
  test('a score on the topic decides a moment later, a tombstone takes it away', async () => {
    const log = opened()
    const api = start(log)
    await until(() => api.state.ready)
    const now = Date.now() * 1000
    const entity = 'ip:192.0.2.1#tls'
    const score = exampleRecord('Score', {
      entity,
      kind: 'ip',
      protocol: 'tls',
      asOf: now,
      validUntil: now + 1e9,
    })
    const record = { key: entity, value: CODEC.encode('Score', score), timestampMs: now / 1000 }
    await log.append('scores', [record])
    await until(() => api.state.scores.size === 1)
    await log.append('scores', [{ ...record, value: null }])
    await until(() => api.state.scores.size === 0)
  })

  test('decisions and hellos are published without being waited for', async () => {
    const log = opened()
    const api = start(log)
    const running = await run(api)
    ends.push(running.close)
    await until(() => api.state.ready)
    const answers = await Promise.all(
      Array.from({ length: 20 }, (_, i) =>
        running.call('POST', '/v1/handshakes', { client: { ip: `192.0.2.${i}` } }),
      ),
    )
    expect(answers.every(({ status }) => status === 200)).toBe(true)
    let count = 0
    for (let tries = 0; count < 20 && tries < 400; tries += 1) {
      await sleep(10, AbortSignal.timeout(1_000))
      count = await written(log, 'decisions')
    }
    expect(count).toBe(20)
  })

  test('what one instance is told, another knows within a second', async () => {
    const log = opened()
    const [one, other] = [start(log), start(log)]
    await until(() => one.state.ready && other.state.ready)
    const running = await run(one)
    ends.push(running.close)
    const told = Date.now()
    await running.call('PUT', '/v1/lists/deny/192.0.2.0/24', { reason: 'scan', actor: 'anna' })
    await running.call('PUT', '/v1/servers/p1', { pool: 'primary', host: 'p1.test', port: 443 })
    await until(() => other.state.lists.count('deny') === 1 && other.state.servers.size === 1)
    expect(Date.now() - told).toBeLessThan(1_000)
    const [entry] = other.state.lists.entries('deny')
    expect(entry).toMatchObject({ cidr: '192.0.2.0/24', actor: 'anna', reason: 'scan' })
  })

  test('an edit of the policy file is a new version; a broken one changes nothing', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'vestibule-policy-'))
    const file = join(folder, 'policy.yaml')
    writeFileSync(file, 'shadow: true\n')
    const log = opened()
    const api = start(log)
    const stop = new AbortController()
    const kept = keepPolicy(
      watchFile(file, stop.signal),
      file,
      api,
      (ms) => sleep(ms, stop.signal),
      stop.signal,
    )
    ends.push(async () => {
      stop.abort()
      await kept
      rmSync(folder, { recursive: true })
    })
    await until(() => api.state.policy.counter === 1)
    writeFileSync(file, 'shadow: [\n')
    const refused = async (): Promise<boolean> =>
      (await api.metrics.text()).includes('vestibule_policy_refused_total 1')
    for (let tries = 0; tries < 400 && !(await refused()); tries += 1) await sleep(10, stop.signal)
    expect(api.state.policy.counter).toBe(1)
    writeFileSync(file, 'shadow: false\n')
    await until(() => api.state.policy.counter === 2)
    expect(api.state.policy.settings.shadow).toBe(false)
  })

  test('when the log goes away decisions go on, and the follow resumes where it was', async () => {
    const log = opened()
    let broken = 0
    const froms: unknown[] = []
    const flaky: EventLog = {
      ...log,
      append: (topic, records) => log.append(topic, records),
      ends: (topic) => log.ends(topic),
      async *follow(options) {
        froms.push(options.from)
        for await (const batch of log.follow(options)) {
          yield batch
          if (batch.records.length > 0 && broken === 0) {
            broken += 1
            throw new EventLogError('unavailable', 'the owner is away')
          }
        }
      },
    }
    const api = start(flaky)
    await until(() => api.state.ready)
    const server = exampleRecord('Server', { serverId: 'a', state: 'up', configured: false })
    const put = (serverId: string): Promise<void> =>
      log.append('servers', [
        { key: serverId, value: CODEC.encode('Server', { ...server, serverId }), timestampMs: 1 },
      ])
    await put('a')
    await until(() => broken === 1)
    await put('b')
    await until(() => api.state.servers.size === 2)
    expect(froms).toEqual(['start', new Map([['servers/0', 1]])])
  })

  test('erasure deletes the scores of a client here and on the topic', async () => {
    const log = opened()
    const [one, other] = [start(log), start(log)]
    const running = await run(one)
    ends.push(running.close)
    const now = Date.now() * 1000
    for (const entity of ['ip:192.0.2.1#tls', 'ip-fp:192.0.2.1|a#tls', 'ip:192.0.2.2#tls']) {
      const score = exampleRecord('Score', { entity, asOf: now, validUntil: now + 1e9 })
      await log.append('scores', [
        { key: entity, value: CODEC.encode('Score', score), timestampMs: 1 },
      ])
    }
    await until(() => one.state.scores.size === 3 && other.state.scores.size === 3)
    const { body } = await running.call('DELETE', '/v1/clients/192.0.2.1/data?reason=asked')
    expect(body).toEqual({ client: '192.0.2.1', scoresErased: 2 })
    await until(() => other.state.scores.size === 1)
    expect(one.state.scores.size).toBe(1)
  })
})
