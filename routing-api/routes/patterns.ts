import { z } from 'zod'
import { ok, query } from './route.ts'

const MOST_SHOWN = 500

const Pattern = z.strictObject({
  id: z.string(),
  protocol: z.enum(['tls', 'ssh']),
  name: z.string(),
  traits: z.string(),
  origin: z.enum(['repeated', 'incident']),
  clients: z.int(),
  networks: z.int(),
  firstSeen: z.string(),
  lastSeen: z.string(),
})

/** What hostile clients have in common, most clients first. */
export const patterns = query({
  method: 'GET',
  path: '/v1/patterns',
  scope: 'read',
  summary:
    'Learned attack patterns: what hostile clients of at least three networks, or a reported incident, have in common; the 500 that most clients showed',
  responses: { 200: z.strictObject({ total: z.int(), patterns: z.array(Pattern) }) },
  handle: (_call, { state }) =>
    ok({
      total: state.patterns.size,
      patterns: state.patterns.list(MOST_SHOWN).map((pattern) => {
        const { patternId: id, protocol, name, traits, origin, clients, networks } = pattern
        const [firstSeen, lastSeen] = [pattern.firstSeen, pattern.lastSeen].map(timeText)
        return { id, protocol, name, traits, origin, clients, networks, firstSeen, lastSeen }
      }),
    }),
})

function timeText(us: number): string {
  return new Date(us / 1000).toISOString()
}
