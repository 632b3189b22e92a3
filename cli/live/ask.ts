import { z } from 'zod'
import { type ApiClient } from '../api-client.ts'
import { type Answer, type LiveClient } from './clients.ts'
import { LOOKING } from '../../routing-api/policy/active-policy.ts'

const Reason = z.object({ code: z.string(), text: z.string() })
const Handshake = z.object({
  pool: z.string(),
  wouldBe: z.string().optional(),
  score: z.number(),
  shadow: z.boolean(),
  reasons: z.array(Reason),
})
const SshConnection = z.object({
  action: z.string(),
  wouldBe: z.string().optional(),
  risk: z.number(),
  shadow: z.boolean(),
  reasons: z.array(Reason),
})

/** Asks the routing API about a client as a load balancer or an SSH gate would. */
export async function ask(api: ApiClient, client: LiveClient, gate: string): Promise<Answer> {
  if (client.protocol === 'tls') {
    const body = await api.call('POST', '/v1/handshakes', {
      client: { ip: client.address },
      listener: LOOKING,
      ...(client.fingerprint === null ? {} : { ja4: client.fingerprint }),
      ...(client.sni === null ? {} : { sni: client.sni }),
      ...(client.alpn.length === 0 ? {} : { alpn: client.alpn }),
      gate,
    })
    const { pool, wouldBe, score, shadow, reasons } = Handshake.parse(body)
    return { verdict: wouldBe ?? pool, shadow, value: score, why: reasons[0]?.text ?? '' }
  }
  const body = await api.call('POST', '/v1/ssh/connections', {
    client: { ip: client.address },
    listener: LOOKING,
    identification: client.identification ?? '',
    aware: false,
    gate,
  })
  const { action, wouldBe, risk, shadow, reasons } = SshConnection.parse(body)
  return { verdict: wouldBe ?? action, shadow, value: risk, why: reasons[0]?.text ?? '' }
}
