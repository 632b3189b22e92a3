import { beforeAll, describe, expect, test } from '@jest/globals'
import { join } from 'node:path'
import { readLabels } from '../../cli/backtest/labels.ts'
import { mergeByTime } from '../../cli/backtest/merge-by-time.ts'
import { readRecords } from '../../cli/backtest/read-records.ts'
import { createBacktest, type BacktestClient } from '../../processors/backtest.ts'
import { type Label } from '../../processors/evaluate.ts'

const DEMO = join(import.meta.dirname, '../../corpus/demo')

async function verdicts(...files: string[]): Promise<Map<Label | undefined, BacktestClient[]>> {
  const labelOf = await readLabels(join(DEMO, 'demo.labels.jsonl'))
  const folds = createBacktest()
  const read = files.map((file) => readRecords(join(DEMO, file), () => undefined))
  for await (const any of mergeByTime(read)) folds.feed(any)
  return Map.groupBy(folds.clients(), labelOf)
}

/** On a scale to 100, whatever the protocol. */
function highest({ protocol, highest: { value } }: BacktestClient): number {
  return protocol === 'tls' ? 100 * value : value
}

describe('the demonstration', () => {
  let both: Map<Label | undefined, BacktestClient[]>
  beforeAll(async () => {
    both = await verdicts('demo.pcap.gz', 'demo.auth.log')
  })

  test('suspects no ordinary client; who mistypes a password once stays far below medium', () => {
    const suspected = both.get('benign')?.filter((client) => highest(client) > 5)
    expect(suspected?.map(({ client }) => client)).toEqual(['198.51.100.21'])
    expect(suspected?.map(highest)[0]).toBeLessThan(20)
    const last = suspected?.[0]?.scores.at(-1)?.value
    expect(last).toBeLessThan(10)
  })

  test('flags every hostile client', () => {
    const hostile = both.get('hostile') ?? []
    expect(hostile).toHaveLength(8)
    expect(hostile.filter(({ alarm }) => alarm === null)).toEqual([])
  })

  test('flags every hostile client but the one with two connections from packets alone', async () => {
    const packets = await verdicts('demo.pcap.gz')
    const missed = packets.get('hostile')?.filter(({ alarm }) => alarm === null)
    expect(missed?.map(({ client }) => client)).toEqual(['203.0.113.72'])
    expect(packets.get('benign')?.filter((client) => highest(client) > 20)).toEqual([])
  })
})
