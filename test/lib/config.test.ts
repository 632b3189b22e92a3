import { expect, test } from '@jest/globals'
import { readConfig } from '../../lib/config.ts'

test('without anything set, everything runs embedded on loopback', () => {
  expect(readConfig({})).toEqual({
    kind: 'config',
    config: {
      dataDir: 'data',
      site: 'default',
      spopHost: '127.0.0.1',
      spopPort: 0,
      trustedProxies: '',
      logSocket: 'data/log.sock',
      clickhouseUrl: 'http://127.0.0.1:8123',
      clickhouseUser: 'vestibule',
      apiHost: '127.0.0.1',
      apiPort: 8787,
      metricsHost: '127.0.0.1',
      metricsPort: 0,
      pushMap: '/etc/haproxy/vestibule/verdicts.map',
      pushListener: 'shop',
      retentionDays: 30,
      fsync: 'process',
      privacy: 'clear',
      kafkaPrefix: '',
      kafkaCompression: 'none',
      kafkaTls: 'off',
      kafkaSaslMechanism: 'none',
    },
  })
})

test('brokers without a port are refused by the name of their variable', () => {
  expect(readConfig({ VESTIBULE_KAFKA_BROKERS: 'kafka' })).toEqual({
    kind: 'fault',
    message:
      'setting kafkaBrokers (VESTIBULE_KAFKA_BROKERS): wants host:port, several with commas between',
  })
})

test('networks that are none are refused by the name of their variable', () => {
  expect(readConfig({ VESTIBULE_TRUSTED_PROXIES: '192.0.2.0/28,proxy' })).toEqual({
    kind: 'fault',
    message:
      'setting trustedProxies (VESTIBULE_TRUSTED_PROXIES): wants addresses or networks such as 192.0.2.0/24, with commas between',
  })
})

test('flags stand above the environment', () => {
  const result = readConfig({ VESTIBULE_API_PORT: '1' }, { apiPort: 2 })
  expect(result).toMatchObject({ config: { apiPort: 2 } })
})

test('a bad value names the variable it came from', () => {
  expect(readConfig({ VESTIBULE_API_PORT: 'http' })).toEqual({
    kind: 'fault',
    message: 'setting apiPort (VESTIBULE_API_PORT): Invalid input: expected number, received NaN',
  })
})
