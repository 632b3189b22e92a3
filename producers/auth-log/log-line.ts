/** One line of a log, whatever its form. */
export interface LogLine {
  /** Milliseconds since 1970. */
  readonly atMs: number
  readonly host: string
  readonly program: string
  readonly processId: number | null
  readonly message: string
}

/** Longer lines are not read: sshd writes none, and hostile ones cost nothing then. */
export const MAX_LINE = 8_192

const MONTHS = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec']
const DAY_MS = 86_400_000
/** A stamp beyond is a broken line: neither the log's records nor ClickHouse hold all years of four digits. */
const YEAR_2100_MS = Date.UTC(2100)
/** PID_MAX_LIMIT of Linux. */
const MAX_PROCESS_ID = 4_194_304

/**
 * Reads a line of syslog (RFC 3164 or ISO 8601 stamps, as rsyslog and `journalctl -o short` write) or
 * of `journalctl -o json`. Stamps without a year are taken for the latest year in which they are not
 * more than a day after `referenceMs`, and for UTC. Undefined when it is none of these.
 */
export function parseLogLine(line: string, referenceMs: number): LogLine | undefined {
  if (line.length > MAX_LINE) return undefined
  const read = line.startsWith('{') ? parseJournal(line) : parseSyslog(line, referenceMs)
  if (read === undefined || read.atMs < 0 || read.atMs >= YEAR_2100_MS) return undefined
  return { ...read, processId: isProcessId(read.processId) ? read.processId : null }
}

function isProcessId(id: number | null): boolean {
  return id !== null && Number.isInteger(id) && id > 0 && id <= MAX_PROCESS_ID
}

function parseSyslog(line: string, referenceMs: number): LogLine | undefined {
  const stamped = stampOf(line, referenceMs)
  if (stamped === undefined) return undefined
  const hostEnd = line.indexOf(' ', stamped.end)
  if (hostEnd < 0) return undefined
  const tagEnd = line.indexOf(': ', hostEnd)
  if (tagEnd < 0) return undefined
  const tag = /^([\w./-]{1,64})(?:\[(\d{1,10})\])?$/.exec(line.slice(hostEnd + 1, tagEnd))
  if (tag === null) return undefined
  return {
    atMs: stamped.atMs,
    host: line.slice(stamped.end, hostEnd),
    program: tag[1] ?? '',
    processId: tag[2] === undefined ? null : Number(tag[2]),
    message: line.slice(tagEnd + 2),
  }
}

function stampOf(line: string, referenceMs: number): { atMs: number; end: number } | undefined {
  const iso = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d{1,9})?(?:Z|[+-]\d\d:?\d\d) /.exec(line)
  if (iso !== null) {
    const atMs = Date.parse(iso[0].trimEnd())
    return Number.isNaN(atMs) ? undefined : { atMs, end: iso[0].length }
  }
  const bsd = /^([A-Z][a-z]{2}) ([ \d]\d) (\d\d):(\d\d):(\d\d) /.exec(line)
  if (bsd === null) return undefined
  const month = MONTHS.indexOf(bsd[1] ?? '')
  if (month < 0) return undefined
  const [day = 0, hour = 0, minute = 0, second = 0] = bsd.slice(2).map(Number)
  const inYear = (year: number): number => Date.UTC(year, month, day, hour, minute, second)
  const year = new Date(referenceMs + DAY_MS).getUTCFullYear()
  const atMs = inYear(year) > referenceMs + DAY_MS ? inYear(year - 1) : inYear(year)
  return { atMs, end: bsd[0].length }
}

function parseJournal(line: string): LogLine | undefined {
  const entry = parseObject(line)
  if (entry === undefined) return undefined
  const atMs = Number(entry.get('__REALTIME_TIMESTAMP')) / 1000
  const message = textOf(entry.get('MESSAGE'))
  const program = entry.get('SYSLOG_IDENTIFIER') ?? entry.get('_COMM')
  if (!(atMs > 0) || message === undefined || typeof program !== 'string') return undefined
  const processId = Number(entry.get('_PID') ?? entry.get('SYSLOG_PID'))
  const host = entry.get('_HOSTNAME')
  return {
    atMs,
    host: typeof host === 'string' ? host : '',
    program,
    processId,
    message,
  }
}

function parseObject(line: string): Map<string, unknown> | undefined {
  try {
    const value: unknown = JSON.parse(line)
    if (typeof value !== 'object' || value === null) return undefined
    return new Map<string, unknown>(Object.entries(value))
  } catch (error) {
    if (error instanceof SyntaxError) return undefined
    throw error
  }
}

/** journald gives a message that is not UTF-8, or has control characters, as an array of bytes. */
function textOf(message: unknown): string | undefined {
  if (typeof message === 'string') return message
  if (!Array.isArray(message) || message.length > MAX_LINE) return undefined
  const bytes = message.map(Number)
  if (!bytes.every((byte) => Number.isInteger(byte) && byte >= 0 && byte <= 255)) return undefined
  return bytes.map((byte) => String.fromCharCode(byte)).join('')
}
