import { z } from 'zod'
import { parseCidr } from '../lists/cidr.ts'

const Cidrs = z
  .array(z.string().refine((text) => parseCidr(text) !== undefined, 'is not an address or CIDR'))
  .max(10_000)
  .default([])
const Name = z
  .string()
  .min(1)
  .max(128)
  .regex(/^[\x21-\x7e]+$/, 'must be printable without spaces')
const Risk = z.number().min(0).max(100)
const Challenge = z.enum(['mac', 'puzzle', 'question', 'device'])

/** What may differ from one service to the next. */
const Own = {
  shadow: z.boolean().optional(),
  threshold: z.number().min(0).max(1).optional(),
}

/** `shop.example.org`, or `*.example.org` for every name below it. */
const ServerName = z
  .string()
  .max(253)
  .regex(/^(\*\.)?[a-z0-9_-]+(\.[a-z0-9_-]+)*$/, 'is not a host name in lower case, or *.NAME')
const ServerNames = z.record(ServerName, z.strictObject(Own)).default({})

const Listener = z.strictObject({
  protocol: z.enum(['tls', 'ssh']).default('tls'),
  ...Own,
  sni: ServerNames,
  sensor: z.boolean().default(false),
})

/** A server as policy and registry name it. */
export const PolicyServer = z.strictObject({
  id: Name,
  pool: z.enum(['primary', 'mitigation', 'data']),
  host: z.string().min(1).max(255),
  port: z.int().min(1).max(65_535),
  capacity: z.number().positive().max(1e9).default(100),
  labels: z.array(z.string().max(64)).max(32).default([]),
  latitude: z.number().min(-90).max(90).nullable().default(null),
  longitude: z.number().min(-180).max(180).nullable().default(null),
})

/** What an operator decides. Unknown settings are refused: a misspelt one must not pass in silence. */
export const Policy = z.strictObject({
  shadow: z.boolean().default(true),
  tls: z
    .strictObject({
      threshold: z.number().min(0).max(1).default(0.75),
      spread: z.number().min(0).max(0.5).default(0.1),
      hysteresis: z.number().min(0).max(0.5).default(0.1),
      epochHours: z.number().min(0.1).max(720).default(6),
      sni: ServerNames,
    })
    .prefault({}),
  ssh: z
    .strictObject({
      bands: z
        .strictObject({
          medium: Risk.default(30),
          high: Risk.default(70),
          critical: Risk.default(90),
        })
        .prefault({})
        .refine(
          (b) => b.medium < b.high && b.high < b.critical,
          'must rise: medium < high < critical',
        ),
      challenges: z
        .strictObject({
          low: z.array(Challenge).max(8).default(['mac']),
          medium: z.array(Challenge).max(8).default(['mac', 'puzzle']),
          high: z.array(Challenge).max(8).default(['mac', 'puzzle', 'question']),
        })
        .prefault({}),
      refusal: z.string().max(200).default('Connection refused ({code}).'),
    })
    .prefault({}),
  listeners: z.record(Name, Listener).default({}),
  servers: z.array(PolicyServer).max(10_000).default([]),
  trustedProxies: Cidrs,
  ownMachinery: Cidrs,
  sharedAddresses: Cidrs,
  decoyUsers: z.array(z.string().min(1).max(128)).max(10_000).default([]),
  failStatic: z
    .strictObject({
      pool: z.enum(['primary', 'mitigation']).default('primary'),
      action: z.enum(['pass', 'challenge', 'step-up']).default('pass'),
      staleAfterS: z.number().min(1).max(86_400).default(300),
    })
    .prefault({}),
})

export type Policy = z.infer<typeof Policy>
export type ListenerPolicy = z.infer<typeof Listener>
export type PolicyServer = z.infer<typeof PolicyServer>
