import { z } from 'zod'
import { parseAddress } from '../../lib/client-entity.ts'
import { apiClient } from '../api-client.ts'
import { UsageError } from '../usage-error.ts'

interface Flags {
  readonly reason?: string
  readonly actor?: string
  readonly json?: boolean
}

const Answer = z.object({ client: z.string(), scoresErased: z.number() })

/** Forgets a client: its scores and profiles at once, its history within minutes, by the sinks. */
export async function eraseClient(address: string, flags: Flags): Promise<void> {
  if (parseAddress(address) === undefined) {
    throw new UsageError(`erase: ${address} is not an IPv4 or IPv6 address`)
  }
  const actor = flags.actor ?? process.env['USER'] ?? 'cli'
  const said = new URLSearchParams({ actor, reason: flags.reason ?? 'none given' })
  const path = `/v1/clients/${encodeURIComponent(address)}/data?${said.toString()}`
  const answer = Answer.parse(await apiClient().call('DELETE', path))
  console.log(flags.json === true ? JSON.stringify(answer) : sentence(answer))
}

function sentence({ client, scoresErased }: z.infer<typeof Answer>): string {
  return [
    `${client}: ${scoresErased} scores erased, its profiles are forgotten.`,
    'Its rows of history are deleted within two minutes (vestibule history shows none then).',
    'The event log keeps its events until their retention ends (7 days by default), unread.',
  ].join('\n')
}
