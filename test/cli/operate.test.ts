import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { run, testApi, type Running, type TestApi } from '../routing-api/harness.ts'
import { temporaryFolder } from '../support/programs.ts'
import { vestibule, type Ended } from '../support/vestibule.ts'

const folder = temporaryFolder('operate')
const api: TestApi = testApi()
let running: Running
beforeAll(async () => {
  running = await run(api)
})
afterAll(async () => {
  await running.close()
  folder.remove()
})

const cli = (...args: string[]): Promise<Ended> =>
  vestibule(args, { VESTIBULE_API_URL: running.url })

/** What a command said, and that it ended well. */
async function said(...args: string[]): Promise<string> {
  const { code, stdout, stderr } = await cli(...args)
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' })
  return stdout.trim()
}

async function policyFile(text: string): Promise<string> {
  const file = join(folder.path, 'policy.yaml')
  writeFileSync(file, text)
  return Promise.resolve(file)
}

describe('allow and deny', () => {
  test('put a prefix on the list with actor and reason, show it, and take it off', async () => {
    const how = ['--reason', 'office', '--for', '12h']
    expect(await said('allow', '192.0.2.0/24', ...how)).toBe('192.0.2.0/24 is on the allow list')
    const [entry] = [...api.state.lists.entries('allow')]
    expect(entry).toMatchObject({ cidr: '192.0.2.0/24', actor: 'anna', reason: 'office' })
    expect((entry?.untilMs ?? 0) - (entry?.sinceMs ?? 0)).toBeCloseTo(12 * 3_600_000, -4)
    expect(JSON.parse(await said('allow', '--json'))).toMatchObject({ total: 1 })
    expect(await said('allow', '192.0.2.0/24', '--remove')).toBe(
      '192.0.2.0/24 is no longer on the allow list',
    )
    expect(api.state.lists.size).toBe(0)
  }, 60_000)

  test('deny refuses what is no prefix, with the reason and exit code 1', async () => {
    const { code, stderr } = await cli('deny', 'not-an-address')
    expect(code).toBe(1)
    expect(stderr).toContain('not-an-address is no address or CIDR')
    expect(await said('deny', '2001:db8::/32', '--json')).toContain('2001:db8::/32')
    expect(api.state.lists.count('deny')).toBe(1)
  }, 60_000)
})

describe('policy and shadow', () => {
  test('a file is checked and applied, shown, and rolled back to', async () => {
    const first = await policyFile('tls: { threshold: 0.8 }\n')
    expect(await said('policy', 'check', first)).toContain('is a valid policy')
    expect(await said('policy', 'apply', first, '--reason', 'first')).toMatch(/^policy 1-\w+ is in/)
    const version = api.state.policy.version
    expect(await said('policy', 'show')).toBe(
      `# version ${version}\n${readFileSync(first, 'utf8')}`.trim(),
    )
    await said('policy', 'apply', await policyFile('tls: { threshold: 0.9 }\n'))
    expect(api.state.policy.settings.tls.threshold).toBe(0.9)
    await said('policy', 'rollback', version)
    expect(api.state.policy.settings.tls.threshold).toBe(0.8)
    expect(await said('policy', 'versions')).toContain(version)
  }, 60_000)

  test('a broken file is refused by check and by apply, and changes nothing', async () => {
    const broken = await policyFile('tls: { threshold: 7 }\n')
    const before = api.state.policy.version
    for (const verb of ['check', 'apply']) {
      const { code, stderr } = await cli('policy', verb, broken)
      expect(code).toBe(1)
      expect(stderr).toContain('threshold')
    }
    expect(api.state.policy.version).toBe(before)
  }, 60_000)

  test('shadow puts one listener in shadow', async () => {
    expect(await said('shadow', 'shop', '--reason', 'doubt')).toMatch(
      /^shop is in shadow \(policy /,
    )
    expect(api.state.policy.settings.listeners['shop']?.shadow).toBe(true)
  }, 60_000)

  test('says where it looked when no API answers', async () => {
    const environment = { VESTIBULE_API_URL: 'http://127.0.0.1:9' }
    const { code, stderr } = await vestibule(['shadow'], environment)
    expect(code).toBe(1)
    expect(stderr).toContain('no routing API at http://127.0.0.1:9')
  }, 60_000)
})
