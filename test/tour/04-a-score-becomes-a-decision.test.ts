import { expect, test } from '@jest/globals'
import { setShadow } from '../../routing-api/routes/policy.ts'
import { BROWSER, helloMessage } from '../support/tls-bytes.ts'
import { call, demonstratedApi } from './demonstrated-api.ts'
import { CURL, SSLSCAN } from './demonstration.ts'

/**
 * Chapter 4. The routing API answers from memory: it follows the compacted topics `scores`, `population`,
 * `control` and `servers`, and no database is asked while a load balancer waits. A decision is a pure
 * function of that memory and of what the caller has in hand; the route around it records what was said.
 */
test('in shadow the answer harms nobody, and says what it would have been, and why', async () => {
  const { api, ask, close } = await demonstratedApi()
  const curl = await ask({ client: { ip: CURL } })
  expect(curl).toMatchObject({ pool: 'primary', wouldBe: 'primary', score: 0, decidedBy: 'ip' })

  const scanner = await ask({ client: { ip: SSLSCAN } })
  expect(scanner).toMatchObject({ pool: 'primary', wouldBe: 'mitigation', shadow: true, score: 1 })
  // The largest contributions first, then what was done about it; GET /v1/reasons/CODE explains each.
  expect(scanner.reasons.map(({ code }) => code)).toEqual([
    ...['t_rand_dup', 't_fp_churn', 't_fail', 't_rand_bytes', 't_malformed'],
    ...['shadow', 'no-server'],
  ])
  expect(scanner.reasons[0]?.text).toBe('sends the same client random on different connections')

  // Out of shadow by an operator's word, which is a record on `control` like every other.
  await setShadow.run(call({ shadow: false, reason: 'a week of shadow looked right' }), api)
  expect(await ask({ client: { ip: SSLSCAN } })).toMatchObject({
    pool: 'mitigation',
    shadow: false,
  })
  expect(await ask({ client: { ip: CURL } })).toMatchObject({ pool: 'primary', shadow: false })
  await close()
})

test('a stranger is judged by the hello in hand, by the very functions the fold uses', async () => {
  const { ask, close } = await demonstratedApi()
  const present = (random: readonly number[]) =>
    ask({
      client: { ip: '192.0.2.99', port: 40_000 },
      clientHello: Buffer.from(helloMessage({ ...BROWSER, random })).toString('base64'),
    })
  // 32 zero bytes where 32 random ones belong: no program that means well does that.
  const zeros = await present(new Array<number>(32).fill(0))
  expect(zeros.decidedBy).toBe('hello')
  expect(zeros.reasons[0]).toMatchObject({ code: 't_rand_bytes' })
  const ordinary = Array.from({ length: 32 }, (_, i) => (i * 151 + 43) % 256)
  expect(await present(ordinary)).toMatchObject({ decidedBy: 'none', score: 0 })
  await close()
})
