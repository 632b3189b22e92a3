import { z } from 'zod'

const Word = { reason: z.string().min(1).max(1000), actor: z.string().max(128).optional() }
const User = z.string().min(1).max(256)
const Printable = z
  .string()
  .min(1)
  .max(512)
  .regex(/^\P{Cc}+$/u, 'has control characters')

/** What an operator enrols, or withdraws. Answers and secrets are stored hashed or sealed, and never shown again. */
export const EnrolmentRequest = z.discriminatedUnion('kind', [
  z.strictObject({
    ...Word,
    kind: z.literal('question'),
    user: User.meta({ description: 'a user name, or * for the whole organisation' }),
    name: z.string().regex(/^[a-z0-9-]{1,32}$/),
    question: Printable,
    answer: z.string().min(1).max(256),
    source: z.enum(['registered', 'imported', 'directory']).default('registered'),
  }),
  z.strictObject({
    ...Word,
    kind: z.literal('totp'),
    user: User,
    issuer: Printable.default('Vestibule'),
  }),
  z.strictObject({
    ...Word,
    kind: z.literal('key'),
    name: z.string().regex(/^[A-Za-z0-9_.:@-]{1,64}$/),
    label: z.string().max(128).default(''),
  }),
  z.strictObject({
    ...Word,
    kind: z.literal('consent'),
    user: User,
    to: z.literal('directory'),
    text: z.string().min(1).max(2_048),
  }),
  z.strictObject({
    ...Word,
    kind: z.literal('withdraw'),
    user: User.optional().meta({
      description: 'a user name, or - for devices that came with none',
    }),
    key: z.string().max(64).optional(),
    only: z.enum(['device', 'directory']).optional().meta({
      description: 'devices and the consent to them, or questions of the directory, alone',
    }),
  }),
])

export const EnrolmentResponse = z.strictObject({
  id: z.string(),
  /** Shown this once: the secret of a one-time code as a key URI, or the key of a client in base64url. */
  secret: z.string().optional(),
  withdrawn: z.int().optional(),
})

export const EnrolmentList = z.strictObject({
  total: z.int(),
  entries: z.array(
    z.strictObject({
      id: z.string(),
      kind: z.string(),
      subject: z.string(),
      actor: z.string(),
      reason: z.string(),
      sinceMs: z.number(),
    }),
  ),
  consents: z.array(z.string()),
})
