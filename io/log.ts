import { destination, pino, type DestinationStream } from 'pino'
import { type Logger } from '../lib/logger.ts'

/** Longest text of one field in a log line; what is longer is cut and says so. */
const MAX_TEXT = 512
const REDACTED = [
  'authorization',
  'password',
  'secret',
  'token',
  'apiKey',
  'cookie',
  'clickhousePassword',
] as const

/**
 * JSON lines on standard error (standard output belongs to the commands). Text is escaped to
 * printable ASCII, so that what came from the wire can neither forge a line nor command a terminal;
 * fields with the name of a secret are replaced. `VESTIBULE_LOG_LEVEL` sets the level, default info.
 */
export function createLogger(name: string, to?: DestinationStream): Logger {
  const log = pino(
    {
      name,
      level: process.env['VESTIBULE_LOG_LEVEL'] ?? 'info',
      base: { pid: process.pid },
      timestamp: pino.stdTimeFunctions.isoTime,
      formatters: { level: (label) => ({ level: label }) },
      redact: {
        paths: REDACTED.flatMap((field) => [field, `*.${field}`]),
        censor: '[redacted]',
      },
    },
    to ?? destination({ dest: 2, sync: true }),
  )
  return {
    info: (message, fields = {}) => {
      log.info(escaped(fields), printable(message))
    },
    warn: (message, fields = {}) => {
      log.warn(escaped(fields), printable(message))
    },
    error: (message, fields = {}) => {
      log.error(escaped(fields), printable(message))
    },
  }
}

/** Everything outside printable ASCII as \xhh or \u{h}; at most `MAX_TEXT` characters. */
export function printable(text: string): string {
  const cut = text.length > MAX_TEXT ? `${text.slice(0, MAX_TEXT)}[cut]` : text
  return cut.replace(/[^\x20-\x7e]/gu, (character) => {
    const code = character.codePointAt(0) ?? 0
    return code < 256 ? `\\x${code.toString(16).padStart(2, '0')}` : `\\u{${code.toString(16)}}`
  })
}

function escaped(fields: object, depth = 0): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(fields).map(([name, value]) => [printable(name), field(value, depth)]),
  )
}

function field(value: unknown, depth: number): unknown {
  if (typeof value === 'string') return printable(value)
  if (typeof value === 'bigint') return value.toString()
  if (value === null || typeof value !== 'object') return value
  if (isError(value))
    return { name: value.name, message: printable(value.message), code: value.code }
  if (value instanceof Uint8Array) return Buffer.from(value.subarray(0, 64)).toString('hex')
  if (depth > 3) return '[deep]'
  if (Array.isArray(value)) return value.slice(0, 32).map((item) => field(item, depth + 1))
  return escaped(value, depth + 1)
}

function isError(value: object): value is Error & { readonly code?: string } {
  return 'message' in value && 'stack' in value && typeof value.message === 'string'
}
