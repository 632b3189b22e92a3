import { z } from 'zod'

const AtLeast = z.enum(['notice', 'warning', 'critical']).default('warning')

/** `udp://HOST:PORT`, `tcp://HOST:PORT`, or `local` for this machine's /dev/log. */
const SyslogTarget = z
  .string()
  .max(300)
  .regex(
    /^(local|(udp|tcp):\/\/([A-Za-z0-9._-]{1,253}|\[[0-9a-fA-F:.]{2,45}\]):\d{1,5})$/,
    'is not local, udp://HOST:PORT or tcp://HOST:PORT',
  )

/** Facilities that alerts may have (RFC 5424 section 6.2.1). */
export const FACILITIES = {
  ...{ daemon: 3, auth: 4, authpriv: 10 },
  ...{
    local0: 16,
    local1: 17,
    local2: 18,
    local3: 19,
    local4: 20,
    local5: 21,
    local6: 22,
    local7: 23,
  },
} as const
const Facility = z.enum([
  ...(['daemon', 'auth', 'authpriv'] as const),
  ...(['local0', 'local1', 'local2', 'local3', 'local4', 'local5', 'local6', 'local7'] as const),
])

const Syslog = z.strictObject({
  to: SyslogTarget.default('local'),
  facility: Facility.default('authpriv'),
  atLeast: AtLeast,
})

const Webhook = z.strictObject({
  url: z.url({ protocol: /^https?$/, error: 'is not an http or https address' }).max(2_000),
  /** Longest wait for one answer. */
  timeoutMs: z.int().min(100).max(60_000).default(5_000),
  atLeast: AtLeast,
})

/**
 * Who is told of alerts, and how often at the most. Every alert is on the topic and in history; these words are about
 * what reaches a person, whom an attacker with many addresses must not be able to bury.
 */
export const AlertWords = z.strictObject({
  /** A client is told of once in so long for one kind of alert; what comes meanwhile is counted in the next one. */
  perClientMinutes: z.number().min(0).max(1_440).default(10),
  /** In all, to each receiver. What comes beyond becomes one sentence a minute. */
  perMinute: z.int().min(1).max(1_000).default(20),
  syslog: Syslog.nullable().default(null),
  webhook: Webhook.nullable().default(null),
})

export type AlertWords = Readonly<z.infer<typeof AlertWords>>
export type SyslogWords = Readonly<z.infer<typeof Syslog>>
export type WebhookWords = Readonly<z.infer<typeof Webhook>>

const SEVERITIES = ['notice', 'warning', 'critical'] as const

export function isAtLeast(
  severity: (typeof SEVERITIES)[number],
  least: (typeof SEVERITIES)[number],
): boolean {
  return SEVERITIES.indexOf(severity) >= SEVERITIES.indexOf(least)
}
