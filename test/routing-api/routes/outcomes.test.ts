import { afterEach, expect, test } from '@jest/globals'
import { CODEC, run, testApi, type Running } from '../harness.ts'

let running: Running | undefined
afterEach(async () => {
  await running?.close()
  running = undefined
})

test('every outcome that is accepted can be appended; what no record holds is refused', async () => {
  const api = testApi()
  running = await run(api)
  const told = { client: { ip: '192.0.2.1' }, result: 'completed' }
  const status = async (fields: object): Promise<number | undefined> =>
    (await running?.call('POST', '/v1/outcomes', { ...told, ...fields }))?.status
  expect(await status({ bytesIn: Number.MAX_SAFE_INTEGER })).toBe(400)
  expect(await status({ bytesOut: Number.MAX_SAFE_INTEGER })).toBe(400)
  expect(await status({ bytesIn: Number.MAX_SAFE_INTEGER - 1, durationMs: 1e300 })).toBe(202)
  expect(api.published).toHaveLength(1)
  for (const { type, record } of api.published) {
    expect(CODEC.decode(CODEC.encode(type, record as never)).kind).toBe('record')
  }
})
