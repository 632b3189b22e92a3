import { expect, test } from '@jest/globals'
import { checkKafka } from '../../cli/doctor/kafka.ts'
import { readConfig } from '../../lib/config.ts'

async function findings(settings: Record<string, string>): Promise<readonly string[]> {
  const read = readConfig(settings)
  if (read.kind === 'fault') throw new Error(read.message)
  return (await checkKafka(read.config)).map(({ name, state, text }) => `${name} ${state}: ${text}`)
}

test('embedded, nothing is asked', async () => {
  expect(await findings({})).toEqual([])
})

test('brokers and a registry that are not there are named, with what to do', async () => {
  const [kafka, registry] = await findings({
    VESTIBULE_KAFKA_BROKERS: '127.0.0.1:1',
    VESTIBULE_SCHEMA_REGISTRY_URL: 'http://127.0.0.1:2',
  })
  expect(kafka).toMatch(/^kafka bad: nothing listens at 127\.0\.0\.1:1: start a broker there/)
  expect(registry).toMatch(
    /^registry bad: the schema registry at http:\/\/127\.0\.0\.1:2 cannot be reached/,
  )
})
