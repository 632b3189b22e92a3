import { afterEach, expect, test } from '@jest/globals'
import { startInstallation, type Installation } from '../support/installation.ts'
import { eventually } from '../support/eventually.ts'
import { vestibule, type Ended } from '../support/vestibule.ts'

const running: Installation[] = []
afterEach(async () => {
  for (const installation of running.splice(0)) await installation.stop()
}, 30_000)

const HOSTILE = { ip: '192.0.2.66', port: 4000 }

/** Asks the API, which is in shadow, and gives what it answered. */
async function post(url: string, path: string, body: object): Promise<Record<string, unknown>> {
  const answer = await fetch(`${url}${path}`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(body),
    signal: AbortSignal.timeout(5_000),
  })
  return (await answer.json()) as Record<string, unknown>
}

test('enforce tells whom it would hurt, changes nothing unasked, and then enforces', async () => {
  const installation = await startInstallation()
  running.push(installation)
  const { config } = installation
  const url = `http://127.0.0.1:${config.apiPort}`
  const enforce = (...args: string[]): Promise<Ended> =>
    vestibule(['enforce', ...args], {
      VESTIBULE_API_URL: url,
      VESTIBULE_CLICKHOUSE_URL: config.clickhouseUrl,
    })

  const nobody = await enforce()
  expect(nobody.stdout).toContain('Nobody would have been treated differently')

  for (let i = 0; i < 6; i += 1) {
    await post(url, '/v1/outcomes', { client: HOSTILE, result: 'incident', actor: 'anna' })
  }
  const held = await eventually('the incidents count', async () => {
    const answer = await post(url, '/v1/handshakes', { client: HOSTILE, listener: 'shop' })
    return answer['wouldBe'] === 'mitigation' ? answer : undefined
  })
  expect(held).toMatchObject({ pool: 'primary', shadow: true })
  await installation.settled()

  const unasked = await enforce()
  expect(unasked.code).toBe(1)
  expect(unasked.stdout).toContain('192.0.2.66  handshake  mitigation')
  expect(unasked.stderr).toContain('nobody can be asked; --yes enforces without asking')
  const still = await post(url, '/v1/handshakes', { client: HOSTILE, listener: 'shop' })
  expect(still).toMatchObject({ pool: 'primary', shadow: true })

  const told = JSON.parse((await enforce('--json')).stdout) as { hurt: unknown[]; version?: string }
  expect([told.hurt.length, told.version]).toEqual([1, undefined])

  const agreed = await enforce('--yes', '--reason', 'looked at')
  expect(agreed.stdout).toMatch(/in force \(policy \d+-\w+\)/)
  const now = await post(url, '/v1/handshakes', { client: HOSTILE, listener: 'shop' })
  expect(now).toMatchObject({ pool: 'mitigation', shadow: false })
}, 90_000)
