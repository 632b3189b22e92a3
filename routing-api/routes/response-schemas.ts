import { z } from 'zod'
import { STEP_RESULTS } from '../../lib/challenge-results.ts'
import { Challenge } from '../../protocols/challenge/messages.ts'

/** Every refusal looks like this. */
export const Problem = z.strictObject({
  code: z.string(),
  message: z.string(),
  field: z.string().nullable(),
})

export const Reason = z.strictObject({
  code: z.string(),
  text: z.string(),
  entity: z.string().nullable(),
  nats: z.number(),
  points: z.number(),
})

const Band = z.enum(['low', 'medium', 'high', 'critical'])
const DecidedBy = z.enum(['list', 'hello', 'ip-fp', 'ip', 'fp', 'net', 'none', 'default'])
const Server = z.strictObject({ id: z.string(), host: z.string(), port: z.int() }).nullable()

/** What every decision says of itself. */
const Common = {
  decisionId: z.string(),
  connectionId: z.string().nullable(),
  shadow: z.boolean(),
  band: Band,
  decidedBy: DecidedBy,
  ground: z.enum(['calibrated', 'assumed']),
  reasons: z.array(Reason),
  fault: z.string().nullable(),
  ageMs: z.number().nullable(),
  policyVersion: z.string(),
  modelVersion: z.string(),
}

const Pool = z.enum(['primary', 'mitigation'])
const Change = z.strictObject({ what: z.string(), effect: z.string() })

export const HandshakeResponse = z.strictObject({
  ...Common,
  pool: Pool,
  wouldBe: Pool,
  server: Server,
  check: z.enum(['none', 'full', 'retry']),
  score: z.number().min(0).max(1),
  threshold: z.number(),
  fingerprint: z.string().nullable(),
  missing: z.array(Change).meta({
    description: 'what a client that is moved, or would be, has to show to be served by primary',
  }),
})

export const DataServerResponse = z.strictObject({
  ...Common,
  server: Server,
  candidates: z.array(
    z.strictObject({
      id: z.string(),
      similarity: z.number(),
      headroom: z.number(),
      reputation: z.number(),
      rank: z.int(),
    }),
  ),
  group: z.string().nullable(),
  score: z.number().min(0).max(1),
})

const Action = z.enum(['pass', 'challenge', 'step-up', 'terminate'])

/** What is asked, and what a refused person reads; of both answers about an SSH connection. */
const Asked = {
  connectionToken: z.string().meta({
    description:
      'the gate keeps the newest one of its connection; equal to the token of the challenge',
  }),
  risk: z.number().min(0).max(100),
  challenges: z.array(z.strictObject({ kind: z.string() })),
  challenge: Challenge.nullable().meta({ description: 'the message to sign and send' }),
  delayMs: z.number().meta({ description: "hold the server's KEXINIT back this long" }),
  message: z.string().optional(),
  code: z.string().optional(),
  contact: z.string().optional(),
}

export const SshConnectionResponse = z.strictObject({
  ...Common,
  ...Asked,
  threshold: z.number(),
  action: Action,
  wouldBe: Action,
  fingerprint: z.string().nullable(),
  stamp: z.strictObject({ timestamp: z.int(), mac: z.string() }).meta({
    description: "time and MAC for the comment of the server's identification (spawn mode)",
  }),
})

export const SshResponsesResponse = z.strictObject({
  ...Asked,
  decisionId: z.string().nullable(),
  connectionId: z.string().nullable(),
  action: z.enum(['proceed', 'challenge', 'step-up', 'terminate']),
  band: Band,
  results: z.array(
    z.strictObject({
      kind: z.string(),
      result: z.enum(STEP_RESULTS),
      elapsedMs: z.number(),
    }),
  ),
  reasons: z.array(Reason),
  policyVersion: z.string(),
})

export const Accepted = z.strictObject({ eventId: z.string() })

export const ServerResponse = z.strictObject({
  id: z.string(),
  pool: z.enum(['primary', 'mitigation', 'data']),
  host: z.string(),
  port: z.int(),
  state: z.enum(['up', 'draining', 'down', 'removed']),
  capacity: z.number(),
  activeConnections: z.number(),
  load: z.number(),
  labels: z.array(z.string()),
  heartbeatMs: z.number(),
  agentPort: z.int().nullable(),
  /** Milliseconds since it was heard of. */
  silentMs: z.number(),
  healthy: z.boolean(),
})

export const ListEntry = z.strictObject({
  list: z.enum(['allow', 'deny', 'decoy']),
  cidr: z.string(),
  actor: z.string(),
  reason: z.string(),
  sinceMs: z.number(),
  untilMs: z.number().nullable(),
})

export const PolicyVersion = z.strictObject({
  version: z.string(),
  actor: z.string(),
  reason: z.string(),
  atMs: z.number(),
})

const Contribution = z.strictObject({
  feature: z.string(),
  value: z.number(),
  unit: z.string(),
  baseline: z.number().nullable(),
  oneIn: z.number().nullable(),
  nats: z.number(),
  points: z.number(),
  text: z.string(),
})

export const ScoreView = z.strictObject({
  entity: z.string(),
  kind: z.string(),
  protocol: z.enum(['tls', 'ssh']),
  value: z.number(),
  published: z.number(),
  band: Band,
  evidence: z.number(),
  ground: z.string(),
  families: z.array(z.string()),
  cap: z.string().nullable(),
  shared: z.boolean(),
  lastSuccessAtMs: z.number().nullable(),
  ageMs: z.number(),
  validUntilMs: z.number(),
  valid: z.boolean(),
  modelVersion: z.string(),
  contributions: z.array(Contribution),
})

export const ClientResponse = z.strictObject({
  client: z.string(),
  address: z.string(),
  list: ListEntry.nullable(),
  ownMachinery: z.boolean(),
  shared: z.boolean(),
  scores: z.array(ScoreView),
  nearestOrdinaryProfile: z
    .strictObject({ fingerprint: z.string(), distance: z.number() })
    .nullable(),
  wouldChange: z.array(Change),
  policyVersion: z.string(),
})

export const ReasonResponse = z.strictObject({
  code: z.string(),
  meaning: z.string(),
  release: z.string(),
})
