import { printableText } from '../printable.ts'

/** What a syslog message says. Times in milliseconds since 1970. */
export interface SyslogMessage {
  /** RFC 5424 section 6.2.1, 0 to 23 and 0 to 7. */
  readonly facility: number
  readonly severity: number
  readonly atMs: number
  readonly host: string
  readonly app: string
  readonly processId: number
  /** Kind of message, for filters. */
  readonly messageId: string
  readonly data: readonly (readonly [name: string, value: string])[]
  readonly text: string
}

/** Every receiver takes so many bytes, and should take no fewer over UDP (RFC 5424 section 6.1, RFC 5426 section 3.2). */
const LONGEST = 2_048
/** The enterprise number that RFC 5612 keeps for documentation: we have none of our own. */
const DATA_ID = 'vestibule@32473'

/**
 * A message in the form of RFC 5424 section 6, in printable ASCII: nothing in it can begin another line or message.
 *
 *     "<" PRI ">1" SP TIMESTAMP SP HOSTNAME SP APP-NAME SP PROCID SP MSGID SP STRUCTURED-DATA SP MSG
 */
export function formatSyslog(message: SyslogMessage): string {
  const { facility, severity, atMs, host, app, processId, messageId, data, text } = message
  const time = new Date(atMs).toISOString()
  const pairs = data.map(([name, value]) => ` ${field(name, 32)}="${quoted(value)}"`).join('')
  const head = `<${facility * 8 + severity}>1 ${time} ${field(host, 255)} ${field(app, 48)} ${processId} ${field(messageId, 32)}`
  return `${head} [${DATA_ID}${pairs}] ${asciiOf(text)}`.slice(0, LONGEST)
}

/** A message as it is sent over TCP: its length before it (RFC 6587 section 3.4.1). */
export function octetCounted(message: string): string {
  return `${Buffer.byteLength(message)} ${message}`
}

/** PRINTUSASCII without spaces; "-" for nothing. */
function field(text: string, longest: number): string {
  const kept = text.replace(/[^\x21-\x7e]/g, '').replace(/["=\]]/g, '_')
  return kept === '' ? '-' : kept.slice(0, longest)
}

/** Section 6.3.3: `"`, `\` and `]` are escaped. */
function quoted(value: string): string {
  return asciiOf(value)
    .slice(0, 512)
    .replace(/["\\\]]/g, '\\$&')
}

function asciiOf(text: string): string {
  return printableText(Buffer.from(text, 'utf8').toString('latin1'))
}
