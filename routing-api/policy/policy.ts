import { z } from 'zod'
import { AlertWords } from '../../lib/alert-words.ts'
import { parseCidr } from '../lists/cidr.ts'
import { overridden, SshPolicy } from './ssh-policy.ts'

const Cidrs = z
  .array(z.string().refine((text) => parseCidr(text) !== undefined, 'is not an address or CIDR'))
  .max(10_000)
  .default([])
const Name = z
  .string()
  .min(1)
  .max(128)
  .regex(/^[\x21-\x7e]+$/, 'must be printable without spaces')

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
  /** What this listener wants otherwise than `ssh` says, part by part. */
  ssh: z.record(z.string(), z.unknown()).optional(),
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
  /** The longest silence it promises; 0: it promises none. */
  heartbeatMs: z.number().min(0).max(3_600_000).default(0),
  /** Where it answers HAProxy's agent-check protocol, if it does. */
  agentPort: z.int().min(1).max(65_535).nullable().default(null),
})

/** `/run/haproxy/admin.sock`, `tcp://10.0.0.1:9999` (a stats socket), `http://10.0.0.1:8404/stats;csv`. */
const StatsAddress = z
  .string()
  .max(512)
  .refine(
    (text) => text.startsWith('/') || (URL.canParse(text) && SCHEMES.has(new URL(text).protocol)),
    'is not /PATH of a socket, tcp://HOST:PORT or http://HOST:PORT/PATH;csv',
  )
const SCHEMES = new Set(['tcp:', 'http:', 'https:'])

/** Where the load of servers is asked for. */
const Loads = z.strictObject({
  everyMs: z.number().min(100).max(60_000).default(2_000),
  haproxy: z
    .array(
      z.strictObject({
        address: StatsAddress,
        /** Backends whose servers carry the ids of ours; none: all. */
        backends: z.array(z.string().max(128)).max(256).default([]),
      }),
    )
    .max(64)
    .default([]),
})

const Settings = z.strictObject({
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
  data: z
    .strictObject({
      objectiveMs: z.number().positive().max(3_600_000).nullable().default(null),
      loadBound: z.number().min(1).max(10).default(1.25),
    })
    .prefault({}),
  ssh: SshPolicy.prefault({}),
  listeners: z.record(Name, Listener).default({}),
  servers: z.array(PolicyServer).max(10_000).default([]),
  loads: Loads.prefault({}),
  trustedProxies: Cidrs,
  ownMachinery: Cidrs,
  sharedAddresses: Cidrs,
  decoyUsers: z.array(z.string().min(1).max(128)).max(10_000).default([]),
  alerts: AlertWords.prefault({}),
  failStatic: z
    .strictObject({
      pool: z.enum(['primary', 'mitigation']).default('primary'),
      action: z.enum(['pass', 'challenge', 'step-up']).default('pass'),
      staleAfterS: z.number().min(1).max(86_400).default(300),
    })
    .prefault({}),
})

/** What an operator decides. Unknown settings are refused: a misspelt one must not pass in silence. */
export const Policy = Settings.superRefine((settings, context) => {
  for (const [name, listener] of Object.entries(settings.listeners)) {
    if (listener.ssh === undefined) continue
    const { error } = overridden(settings.ssh, listener.ssh)
    const issue = error?.issues[0]
    if (issue === undefined) continue
    const unknown = issue.code === 'unrecognized_keys' ? [issue.keys[0] ?? ''] : []
    const path = ['listeners', name, 'ssh', ...issue.path, ...unknown]
    context.addIssue({ code: 'custom', path, message: issue.message })
  }
})

export type Policy = z.infer<typeof Policy>
export type ListenerPolicy = z.infer<typeof Listener>
export type PolicyServer = z.infer<typeof PolicyServer>
