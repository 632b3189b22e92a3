import { describe, expect, test } from '@jest/globals'
import { PopulationTable } from '../../../behaviour/population-table.ts'
import { type AnyRecord } from '../../../lib/codec/codec.ts'
import { ClientFold } from '../../../processors/client-fold/client-fold.ts'
import { type FoldOutput } from '../../../processors/client-fold/fold-output.ts'
import { Lists } from '../../../processors/client-fold/lists.ts'
import { bytesOf, loadAll } from '../saved.ts'
import { SECOND, sshAttempt, T0, tlsHello } from '../records.ts'

const HOUR = 3600 * SECOND
const DAY = 24 * HOUR

function newFold(limits = { clients: 100, pairs: 100 }): ClientFold {
  return new ClientFold({ population: new PopulationTable(), lists: new Lists() }, limits)
}

function hello(client: string, at: number, fingerprint = 't13d_a'): AnyRecord {
  return { type: 'TlsHello', record: tlsHello(client, at, { stableKey: fingerprint }) }
}

/** The scores topic as compaction leaves it: entities with a score. */
class Compacted {
  readonly entities = new Set<string>()

  take(outputs: readonly FoldOutput[]): void {
    for (const output of outputs) {
      if (output.kind === 'withdraw') this.entities.delete(output.key)
      else if (output.type === 'Score') this.entities.add(output.record.entity)
    }
  }
}

describe('scores that are over', () => {
  test('are taken back when their validity has passed, by event time, and come again with their client', () => {
    const fold = newFold()
    fold.step(hello('192.0.2.1', T0))
    expect(fold.step(hello('192.0.2.2', T0 + 23 * HOUR)).map(({ kind }) => kind)).not.toContain(
      'withdraw',
    )
    const outputs = fold.step(hello('192.0.2.2', T0 + 25 * HOUR))
    const atMs = (T0 + 25 * HOUR) / 1000
    expect(outputs.filter(({ kind }) => kind === 'withdraw')).toEqual([
      { kind: 'withdraw', topic: 'scores', key: 'ip:192.0.2.1#tls', atMs },
      { kind: 'withdraw', topic: 'scores', key: 'ip-fp:192.0.2.1|t13d_a#tls', atMs },
    ])
    const again = new Compacted()
    again.take(fold.step(hello('192.0.2.1', T0 + 26 * HOUR)))
    expect([...again.entities]).toEqual(['ip:192.0.2.1#tls', 'ip-fp:192.0.2.1|t13d_a#tls'])
  })

  test('a host with a new fingerprint for every connection leaves no more than its pool holds, and nothing a day later', () => {
    const fold = newFold()
    const topic = new Compacted()
    for (let n = 0; n < 5_000; n += 1) {
      topic.take(fold.step(hello('192.0.2.66', T0 + n * SECOND, `random-${n}`)))
      expect(topic.entities.size).toBeLessThanOrEqual(102)
    }
    for (let n = 0; n < 60; n += 1) {
      topic.take(fold.step(hello('192.0.2.1', T0 + 27 * HOUR + n * SECOND)))
    }
    expect([...topic.entities]).toEqual(['ip:192.0.2.1#tls', 'ip-fp:192.0.2.1|t13d_a#tls'])
    expect(fold.sizes).toMatchObject({ clients: 1, pairs: 1 })
  })

  test('a login is known for the thirty days it protects its address', () => {
    const fold = newFold()
    const login = sshAttempt('192.0.2.1', T0, { result: 'accepted' })
    const topic = new Compacted()
    topic.take(fold.step({ type: 'SshAuthAttempt', record: login }))
    const before = new Set(topic.entities)
    topic.take(fold.step(hello('192.0.2.2', T0 + 29 * DAY)))
    for (const entity of before) expect([...topic.entities]).toContain(entity)
    topic.take(fold.step(hello('192.0.2.2', T0 + 31 * DAY)))
    for (const entity of before) expect([...topic.entities]).not.toContain(entity)
  })

  test('a fold that goes on from a snapshot takes back the same ones', () => {
    const fold = newFold({ clients: 10, pairs: 10 })
    for (let n = 0; n < 40; n += 1) fold.step(hello(`192.0.2.${n}`, T0 + n * HOUR, `f-${n}`))
    const twin = newFold({ clients: 10, pairs: 10 })
    loadAll(twin.load(), bytesOf(fold.save()))
    const next = [40, 41, 70, 71, 72].map((n) => hello(`192.0.2.${n}`, T0 + n * HOUR, `f-${n}`))
    const outputs = next.map((event) => fold.step(event))
    expect(next.map((event) => twin.step(event))).toEqual(outputs)
    expect(outputs.flat().filter(({ kind }) => kind === 'withdraw').length).toBeGreaterThan(10)
  })
})
