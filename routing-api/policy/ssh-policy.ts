import { z } from 'zod'

const Risk = z.number().min(0).max(100)
/** Kinds of steps a policy names. `question` asks what the user enrolled: a one-time code, else a question. */
export const ChallengeKind = z.enum(['mac', 'puzzle', 'question', 'totp', 'device'])
const Kinds = z
  .array(ChallengeKind)
  .max(8)
  .refine((kinds) => new Set(kinds).size === kinds.length, 'names a kind twice')

const Bands = z
  .strictObject({
    medium: Risk.default(30),
    high: Risk.default(70),
    critical: Risk.default(90),
  })
  .prefault({})
  .refine((b) => b.medium < b.high && b.high < b.critical, 'must rise: medium < high < critical')

const Challenges = z
  .strictObject({
    low: Kinds.default(['mac']),
    medium: Kinds.default(['mac', 'puzzle']),
    high: Kinds.default(['mac', 'puzzle', 'question']),
  })
  .prefault({})

/** Times of a puzzle at `hashesPerMs`, milliseconds; between the marks they grow with the risk without a step. */
const Puzzle = z
  .strictObject({
    /** What one thread of the helper does on the machine the times are meant for. */
    hashesPerMs: z.number().min(1).max(1e6).default(400),
    /** At the beginning of the medium band. */
    mediumMs: z.number().min(1).max(10_000).default(50),
    /** Shortly below the high band. */
    mediumMostMs: z.number().min(1).max(10_000).default(200),
    /** At the beginning of the high band. */
    highMs: z.number().min(1).max(10_000).default(800),
    /** At its end. */
    highMostMs: z.number().min(1).max(10_000).default(1_250),
    /** Never more than this, whatever the surroundings. */
    mostMs: z.number().min(1).max(60_000).default(5_000),
  })
  .prefault({})
  .refine(
    (p) =>
      p.mediumMs <= p.mediumMostMs &&
      p.mediumMostMs <= p.highMs &&
      p.highMs <= p.highMostMs &&
      p.highMostMs <= p.mostMs,
    'must rise: mediumMs, mediumMostMs, highMs, highMostMs, mostMs',
  )

const Sequence = z
  .strictObject({
    /** Challenges on one connection at the most. */
    rounds: z.int().min(1).max(8).default(6),
    /** Answers of a person that may be wrong before the connection ends. */
    tries: z.int().min(1).max(5).default(3),
    answerWithinS: z.int().min(5).max(120).default(30),
    /** When a person is asked. */
    personWithinS: z.int().min(15).max(600).default(120),
  })
  .prefault({})

/** What a solved sequence is good for at risk 0; both shrink to nothing at the critical band. */
const Pass = z
  .strictObject({
    connections: z.int().min(0).max(10_000).default(50),
    minutes: z.number().min(0).max(1_440).default(60),
  })
  .prefault({})

/** Tries by which a user's question, or one client, is closed until the window is over. */
const Questions = z
  .strictObject({
    enabled: z.boolean().default(false),
    triesPerClient: z.int().min(1).max(20).default(5),
    triesPerUser: z.int().min(1).max(100).default(20),
    windowMinutes: z.number().min(1).max(1_440).default(60),
    /** Questions made of an organisation's directory, of users who consented. */
    directory: z.boolean().default(false),
    /** What the step-up server does with users who enrolled nothing. */
    unenrolled: z.enum(['deny', 'allow']).default('deny'),
  })
  .prefault({})

const Device = z
  .strictObject({
    enabled: z.boolean().default(false),
    fields: z
      .array(z.enum(['machine-id', 'hostname', 'os', 'architecture']))
      .min(1)
      .default(['machine-id', 'os', 'architecture']),
    /** For how long a device is remembered. */
    days: z.int().min(1).max(365).default(90),
    controller: z.string().max(200).default('the operator of this server'),
  })
  .prefault({})

/** How SSH connections are challenged. A listener may name any part of it differently. */
export const SshPolicy = z.strictObject({
  bands: Bands,
  challenges: Challenges,
  sequence: Sequence,
  puzzle: Puzzle,
  pass: Pass,
  questions: Questions,
  device: Device,
  /** The server's KEXINIT is held back this long where a client cannot be asked, milliseconds. */
  brakeMs: z.int().min(0).max(30_000).default(1_500),
  refusal: z.string().max(200).default('Connection refused ({code}).'),
  /** Whom a refused person asks. */
  contact: z.string().max(200).default('your administrator'),
})

export type SshPolicy = z.infer<typeof SshPolicy>

/** A listener's own words over the general ones, part by part; what zod says is wrong with the two together. */
export function overridden(
  general: SshPolicy,
  own: unknown,
): ReturnType<typeof SshPolicy.safeParse> {
  return SshPolicy.safeParse(merged(general, own))
}

function merged(general: unknown, own: unknown): unknown {
  if (!isMap(general) || !isMap(own)) return own ?? general
  const parts = Object.entries(own).map(([name, value]) => [
    name,
    merged(Object.hasOwn(general, name) ? general[name] : undefined, value),
  ])
  return { ...general, ...Object.fromEntries(parts) }
}

function isMap(value: unknown): value is Readonly<Record<string, unknown>> {
  return value !== null && typeof value === 'object' && !Array.isArray(value)
}
