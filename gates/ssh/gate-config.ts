import { z } from 'zod'
import { parseEndpoint, type Endpoint } from './endpoint.ts'
import { DEFAULT_PENALTIES } from './penalties.ts'

const Place = z.string().transform((text, context): Endpoint => {
  const endpoint = parseEndpoint(text)
  if (endpoint !== undefined) return endpoint
  context.addIssue('is not host:port')
  return z.NEVER
})
const Name = z
  .string()
  .min(1)
  .max(128)
  .regex(/^[\x21-\x7e]+$/, 'must be printable without spaces')
const Seconds = z.number().min(0).max(86_400)
const Milliseconds = z.int().min(0).max(600_000)
const Count = z.int().min(1).max(1_000_000)

/** The sshd that is started for one connection (spawn mode). */
const SpawnedSshd = z.strictObject({
  program: z.string().default('/usr/sbin/sshd'),
  /** Its configuration; sshd's own default when left out. */
  config: z.string().optional(),
  /** Not yet logged in at the same time: `begin:percent:full`, as sshd's MaxStartups. */
  maxStartups: z
    .string()
    .regex(/^\d{1,6}:\d{1,3}:\d{1,6}$/, 'is not begin:percent:full')
    .default('10:30:100'),
  /** Further arguments. */
  args: z.array(z.string().max(1_024)).max(32).default([]),
  /** sshd's LoginGraceTime: when it is over, a connection no longer counts as not logged in. */
  loginGraceS: Seconds.default(120),
})

const GateListener = z.strictObject({
  /** As the policy names it. */
  name: Name,
  listen: Place,
  /** proxy: everything goes through the gate. spawn: known good clients are handed to a sshd of their own. */
  mode: z.enum(['proxy', 'spawn']).default('proxy'),
  upstream: Place,
  /** Another sshd with the same host keys that asks for one more proof. */
  stepUp: Place.optional(),
  /** Never asks the API and never challenges: for the day on which nothing else works. */
  breakGlass: z.boolean().default(false),
  /** Peers that send a PROXY protocol header, and must. */
  proxyFrom: z.array(z.string()).max(1_000).default([]),
  /** Whether the upstream is told the client's address by a PROXY protocol header (sshd itself cannot read one). */
  sendProxy: z.enum(['no', 'v2']).default('no'),
  /** sshd's log, for who logged in and who failed to. */
  authLog: z.string().optional(),
  sshd: SpawnedSshd.prefault({}),
})

const Penalty = z.strictObject({
  crash: Seconds.default(DEFAULT_PENALTIES.seconds.crash),
  authfail: Seconds.default(DEFAULT_PENALTIES.seconds.authfail),
  invaliduser: Seconds.default(DEFAULT_PENALTIES.seconds.invaliduser),
  noauth: Seconds.default(DEFAULT_PENALTIES.seconds.noauth),
  'grace-exceeded': Seconds.default(DEFAULT_PENALTIES.seconds['grace-exceeded']),
  refuseconnection: Seconds.default(DEFAULT_PENALTIES.seconds.refuseconnection),
})

/** What the SSH gate is told. Unknown settings are refused: a misspelt one must not pass in silence. */
export const GateConfig = z.strictObject({
  listeners: z
    .array(GateListener)
    .min(1)
    .max(64)
    .refine(
      (all) => new Set(all.map(({ name }) => name)).size === all.length,
      'must differ in name',
    ),
  api: z
    .strictObject({
      url: z.url().default('http://127.0.0.1:8787'),
      /** Longest wait for a decision; then the static policy decides. */
      timeoutMs: Milliseconds.default(250),
    })
    .prefault({}),
  limits: z
    .strictObject({
      /** Connections in all, logged in or not. */
      connections: Count.default(20_000),
      /** Of them before the key exchange; beyond it the oldest silent one gives way. */
      halfOpen: Count.default(12_000),
      halfOpenPerSource: Count.default(64),
      /** From accept to KEXINIT. */
      handshakeMs: Milliseconds.default(20_000),
    })
    .prefault({}),
  penalties: z
    .strictObject({
      seconds: Penalty.prefault({}),
      minS: Seconds.default(DEFAULT_PENALTIES.minS),
      maxS: Seconds.default(DEFAULT_PENALTIES.maxS),
      growth: z.number().min(1).max(10).default(DEFAULT_PENALTIES.growth),
      maxSources: Count.default(DEFAULT_PENALTIES.maxSources),
      /** Addresses and networks that are never penalised. */
      exempt: z.array(z.string()).max(1_000).default([]),
    })
    .prefault({}),
  /** While the API gives no answer: what is done with a source that earned no penalty. */
  static: z
    .strictObject({
      action: z.enum(['pass', 'step-up', 'terminate']).default('pass'),
      brakeMs: Milliseconds.default(500),
    })
    .prefault({}),
  /** The brake of a medium client that cannot be challenged, where there is no step-up server. */
  noStepUpBrakeMs: Milliseconds.default(1_500),
  /** Unix socket at which the step-up server's PAM module asks; root and the gate's user may open it. */
  stepUpSocket: z.string().min(1).max(90).optional(),
  /** Sessions outlive a stopped gate by this much at the most. */
  drainS: Seconds.default(86_400),
})

export type GateConfig = z.infer<typeof GateConfig>
export type GateListener = z.infer<typeof GateListener>

export type GateConfigResult =
  | { readonly kind: 'config'; readonly config: GateConfig }
  | { readonly kind: 'fault'; readonly message: string }

/** Checks what a file or flags say; the fault is one sentence for people. */
export function parseGateConfig(value: unknown): GateConfigResult {
  const parsed = GateConfig.safeParse(value)
  if (parsed.success) return { kind: 'config', config: parsed.data }
  const [issue] = parsed.error.issues
  const place = issue?.path.join('.') ?? ''
  const message = issue?.message ?? 'is invalid'
  return {
    kind: 'fault',
    message: `gate configuration: ${place === '' ? '' : `${place}: `}${message}`,
  }
}
