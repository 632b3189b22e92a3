import { momentsOf, type TimeZone } from './time-zone.ts'

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
const HALF_HOUR_MS = 1_800_000
const MINUTE_MS = 60_000
const YEARS_LOOKED_AT = 10
/** A stamp beyond is a broken line: neither the log's records nor ClickHouse hold all years of four digits. */
const YEAR_2100_MS = Date.UTC(2100)
/** PID_MAX_LIMIT of Linux. */
const MAX_PROCESS_ID = 4_194_304

/**
 * What a stamp without year and zone is read by: rsyslog writes local time. It is of the latest year in
 * which it is not more than a day after it was read.
 */
export interface Calendar {
  readonly zone: TimeZone
  /** When the line is read, milliseconds since 1970. */
  readonly readMs: number
  /** Time of the line before it; 0 where there is none. */
  readonly lastMs: number
}

/**
 * Reads a line of syslog (RFC 3164 or ISO 8601 stamps, as rsyslog and `journalctl -o short` write) or
 * of `journalctl -o json`. Stamps without a year are local time: see `Calendar`. Undefined when it is
 * none of these.
 */
export function parseLogLine(line: string, calendar: Calendar): LogLine | undefined {
  if (line.length > MAX_LINE) return undefined
  const read = line.startsWith('{') ? parseJournal(line) : parseSyslog(line, calendar)
  if (read === undefined || read.atMs < 0 || read.atMs >= YEAR_2100_MS) return undefined
  return { ...read, processId: isProcessId(read.processId) ? read.processId : null }
}

function isProcessId(id: number | null): boolean {
  return id !== null && Number.isInteger(id) && id > 0 && id <= MAX_PROCESS_ID
}

function parseSyslog(line: string, calendar: Calendar): LogLine | undefined {
  const stamped = stampOf(line, calendar)
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

function stampOf(line: string, calendar: Calendar): { atMs: number; end: number } | undefined {
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
  const latest = calendar.readMs + DAY_MS
  // Its first hours may be the year's last ones elsewhere; and a 29 February is not of every year.
  const newest = new Date(latest).getUTCFullYear() + 1
  for (let year = newest; year > newest - YEARS_LOOKED_AT; year -= 1) {
    const local = Date.UTC(year, month, day, hour, minute, second)
    if (new Date(local).getUTCDate() !== day) continue
    const moments = momentsOf(local, calendar.zone)
    if ((moments[0] ?? 0) <= latest) return { atMs: pick(moments, calendar), end: bsd[0].length }
  }
  return undefined
}

/** Of the two moments of a repeated hour: the second when it is about now, or when lines before it are later than the first. */
function pick([first = 0, second]: readonly number[], { readMs, lastMs }: Calendar): number {
  if (second === undefined) return first
  const isNow = Math.abs(readMs - second) < HALF_HOUR_MS
  return isNow || lastMs > first + MINUTE_MS ? second : first
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
