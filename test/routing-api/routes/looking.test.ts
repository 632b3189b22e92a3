import { afterEach, expect, test } from '@jest/globals'
import { run, testApi, type Running } from '../harness.ts'

let running: Running | undefined
afterEach(async () => {
  await running?.close()
  running = undefined
})

test('who only looks at what would be answered makes no connection of it, under any policy', async () => {
  const api = testApi()
  running = await run(api)
  const asked = { client: { ip: '192.0.2.1' }, identification: 'SSH-2.0-x', aware: false }
  await running.call('POST', '/v1/ssh/connections', { ...asked, listener: 'vestibule-up' })
  expect(api.published.map(({ type }) => type)).toEqual(['Decision'])
  await running.call('POST', '/v1/ssh/connections', asked)
  expect(api.published.map(({ type }) => type)).toEqual(['Decision', 'SshConnection', 'Decision'])
})
