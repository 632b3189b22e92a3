import { z } from 'zod'
import { STEP_RESULTS } from '../../lib/challenge-results.ts'
import { parseAddress } from '../../lib/client-entity.ts'
import { Answer, Hello } from '../../protocols/challenge/messages.ts'
import { PolicyServer } from '../policy/policy.ts'

/** Longest base64 text of a hello: 16 KiB of bytes. */
const MAX_BASE64 = 21_848

const Address = z
  .string()
  .max(45)
  .refine((text) => parseAddress(text) !== undefined, 'is not an IPv4 or IPv6 address')
  .meta({ description: 'IPv4 or IPv6 address' })

export const Client = z.strictObject({
  ip: Address,
  port: z.int().min(0).max(65_535).optional(),
  latitude: z.number().min(-90).max(90).optional(),
  longitude: z.number().min(-180).max(180).optional(),
})

/** Bytes in base64; what is longer than a hello may be is refused. */
export const Bytes = z
  .base64()
  .max(MAX_BASE64, 'is longer than 16 KiB')
  .meta({ description: 'base64, at most 16 KiB of bytes' })

const Text = z.string().max(255)
const Share = z.number().min(0).max(1)
/** The greatest long the codec writes; one more and the record could not be appended. */
const Count = z
  .int()
  .min(0)
  .max(Number.MAX_SAFE_INTEGER - 1)
const Hex128 = z.string().regex(/^[0-9a-f]{32}$/, 'is not 32 hex digits')

export const Listener = z.string().min(1).max(128)

export const HandshakeRequest = z.strictObject({
  client: Client,
  listener: Listener.optional(),
  clientHello: Bytes.optional(),
  ja4: z.string().max(64).optional(),
  sni: Text.optional(),
  alpn: z.union([Text, z.array(Text).max(32)]).optional(),
  gate: Text.optional(),
})

export const DataServerRequest = z.strictObject({
  decisionId: Hex128.optional(),
  client: Client,
  listener: Listener.optional(),
  sni: Text.optional(),
  handshake: z.strictObject({
    version: Text.optional(),
    cipher: Text.optional(),
    alpn: Text.nullable().optional(),
    resumed: z.boolean().optional(),
    durationMs: z.number().min(0).optional(),
    clientCertificate: Text.optional(),
    ja4: z.string().max(64).optional(),
  }),
  gate: Text.optional(),
})

export const SshConnectionRequest = z.strictObject({
  client: Client,
  listener: Listener.optional(),
  identification: z.string().max(255).optional().meta({
    description:
      "the client's, without its line end, one character (U+0000 to U+00FF) for each byte; absent: the gate asks before it reads a byte",
  }),
  kexInit: Bytes.optional(),
  sealedUsername: z.string().max(2048).optional(),
  aware: z.boolean(),
  hello: Hello.optional().meta({ description: 'what an aware client said of itself' }),
  gateLoad: Share.optional().meta({ description: 'how busy the gate is, 0 to 1' }),
  gate: Text.optional(),
})

export const SshResponsesRequest = z.strictObject({
  connectionToken: z.string().max(4_096),
  responses: z
    .array(Answer)
    .max(8)
    .meta({ description: 'the answers of the RESPONSE; empty: none came in time' }),
  elapsedMs: z.number().min(0).max(3_600_000),
  gateLoad: Share.optional(),
})

export const OutcomeRequest = z.strictObject({
  decisionId: Hex128.optional(),
  connectionId: Hex128.optional(),
  client: Client.optional(),
  listener: Listener.optional(),
  result: z.enum(['completed', 'failed', 'incident', 'false-positive']),
  server: Text.optional(),
  durationMs: z.number().min(0).optional(),
  latencyMs: z
    .number()
    .min(0)
    .optional()
    .meta({ description: 'until the server began to answer, ms: held against the objective' }),
  bytesIn: Count.optional(),
  bytesOut: Count.optional(),
  terminationState: z.string().max(32).optional(),
  authenticated: z.boolean().default(false),
  challenges: z
    .array(
      z.strictObject({
        kind: z.string().max(16),
        result: z.enum(STEP_RESULTS),
        elapsedMs: z.number().min(0),
      }),
    )
    .max(64)
    .default([]),
  actor: z.string().max(128).optional(),
  reason: z.string().max(1000).optional(),
  revokes: Hex128.optional(),
})

export const ServerRequest = PolicyServer.omit({ id: true }).extend({
  state: z.enum(['up', 'draining', 'down']).default('up'),
  heartbeatMs: PolicyServer.shape.heartbeatMs.meta({
    description: 'longest silence it promises, ms: silent for longer it is left out; 0 = never',
  }),
  agentPort: PolicyServer.shape.agentPort.meta({
    description: "where it answers HAProxy's agent-check protocol; null: nowhere",
  }),
  activeConnections: z.number().min(0).default(0),
})

export const LoadRequest = z.strictObject({
  activeConnections: z.number().min(0).optional(),
  load: z.number().min(0).max(1).optional(),
  capacity: z.number().positive().max(1e9).optional(),
  state: z.enum(['up', 'draining', 'down']).optional(),
})

const Word = {
  reason: z.string().min(1).max(1000),
  actor: z.string().max(128).optional(),
}

export const ListRequest = z.strictObject({ ...Word, untilMs: z.int().positive().optional() })

export const PolicyRequest = z.strictObject({ ...Word, yaml: z.string().max(1 << 20) })

export const RollbackRequest = z.strictObject({ ...Word, version: z.string().max(64) })

export const ShadowRequest = z.strictObject({
  ...Word,
  shadow: z.boolean(),
  listener: Listener.optional(),
})
