import { expect, test } from '@jest/globals'
import { servicesOf } from '../../../cli/up/services.ts'
import { readConfig } from '../../../lib/config.ts'

function metricsPorts(metricsPort: number): readonly (readonly [string, string | undefined])[] {
  const read = readConfig({}, { metricsPort })
  if (read.kind === 'fault') throw new Error(read.message)
  const sources = { interfaces: ['eth1'], replay: [], replayLog: undefined, followLogs: [] }
  return servicesOf(read.config, sources).map(({ spec }) => [
    spec.name,
    spec.env?.['VESTIBULE_METRICS_PORT'],
  ])
}

test('every process of one machine serves its metrics on a port of its own', () => {
  expect(metricsPorts(9100)).toEqual([
    ['log', '9100'],
    ['clickhouse', '9101'],
    ['sink', '9102'],
    ['process', '9103'],
    ['serve', '9104'],
    ['capture-eth1', '9105'],
  ])
})

test('and none where none was asked for, whatever the environment of its supervisor says', () => {
  expect(new Set(metricsPorts(0).map(([, port]) => port))).toEqual(new Set(['0']))
})
