import { z } from 'zod'

/** JSON bodies of the owner's socket. Both ends are ours; a body of another shape ends the connection. */
const offset = z.number().int().min(0)
const numbers = z.array(z.int().min(0).max(65535)).max(65536)
/** Offsets by `topic/partition`. */
const positions = z.record(z.string(), offset)
const topics = z.array(z.string()).max(256)

export const PROTOCOL_VERSION = 1

export const Hello = z.object({ version: z.number(), client: z.string().min(1).max(64) })

export const Welcome = z.object({
  topics: z.array(z.object({ id: z.number(), name: z.string(), partitions: z.number() })),
})

export const ClaimBody = z.object({ group: z.string(), numbers, generation: z.number() })

export const Join = z.object({
  group: z.string(),
  member: z.string().min(1).max(64),
  topics,
  broadcast: topics,
  maxRecords: z.int().positive(),
  whole: z.boolean().optional(),
  resume: z.object({ generation: z.number(), numbers }).optional(),
})
export type JoinBody = z.infer<typeof Join>

export const Begin = z.object({ positions })

export const Follow = z.object({
  topics,
  from: z.union([z.literal('start'), z.literal('end'), positions]),
})
export type FollowBody = z.infer<typeof Follow>

export const Following = z.object({ positions })

export const Commit = z.object({ claim: ClaimBody, positions })

export const Ends = z.object({ topic: z.string() })

export const Committed = z.object({ group: z.string(), topic: z.string() })

/** By partition; null where there is none. */
export const Offsets = z.object({ offsets: z.array(offset.nullable()) })

export const Granted = z.object({
  numbers,
  generation: z.number(),
  /** What the group committed, where it did. */
  committed: positions,
})
export type GrantedBody = z.infer<typeof Granted>

export const Refused = z.object({
  code: z.enum(['unavailable', 'fenced', 'too-large', 'disk-full', 'unknown-topic', 'closed']),
  message: z.string(),
})

/** Parses a JSON body; throws when it has another shape. */
export function parseBody<T>(schema: z.ZodType<T>, body: Buffer): T {
  return schema.parse(JSON.parse(body.toString()))
}

/** The name of a partition in `positions`. */
export function positionKey(topic: string, partition: number): string {
  return `${topic}/${partition}`
}
