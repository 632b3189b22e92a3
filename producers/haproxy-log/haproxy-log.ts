import { type AnyRecord } from '../../lib/codec/codec.ts'
import { eventId } from '../../lib/event-id.ts'
import { type AddressMap } from '../../lib/pseudonym.ts'
import { type Parsed } from '../../protocols/parsed.ts'
import { type ConnectionEnd, type EndCode, readConnectionEnd } from './connection-end.ts'
import { type FieldsCode, LINE_MARK, parseFields } from './log-fields.ts'
import { handshakeRecord, outcomeRecord } from './end-records.ts'

export interface HaproxyLogOptions {
  readonly sensor: string
  readonly site: string
  readonly addresses: AddressMap
}

/** Lines of gates/haproxy → records of how connections ended, or a dead letter. */
export interface HaproxyLog {
  /** `message`: a line from `vst1` on. `at`: where it begins in its file. */
  line(message: string, at: number, nowUs: number): readonly AnyRecord[]
  /** Lines that could not be understood. */
  readonly faults: number
  /** Of those, the ones of which no dead letter tells: there were too many. */
  readonly untold: number
}

/** Dead letters a second, on average: a changed log-format makes one of each line. */
const LETTERS_PER_SECOND = 1
const LETTERS_AT_ONCE = 50
/** A line may hold the name of a client; its first bytes do not. */
const FIRST_BYTES = 32

export function createHaproxyLog(options: HaproxyLogOptions): HaproxyLog {
  let faults = 0
  let untold = 0
  let left = LETTERS_AT_ONCE
  let refilledUs = 0

  function letter(code: string, where: string, message: string, at: number, nowUs: number) {
    faults += 1
    left = Math.min(
      LETTERS_AT_ONCE,
      left + (Math.max(0, nowUs - refilledUs) / 1e6) * LETTERS_PER_SECOND,
    )
    refilledUs = Math.max(refilledUs, nowUs)
    if (left < 1) {
      untold += 1
      return []
    }
    left -= 1
    return [deadLetter(options, { code, where, message, at, nowUs })]
  }

  return {
    get faults() {
      return faults
    },
    get untold() {
      return untold
    },
    line(message, at, nowUs): readonly AnyRecord[] {
      const end = readLine(message)
      if (end.kind === 'reject') return letter(end.code, end.at, message, at, nowUs)
      if (isNobody(end.value)) return []
      const outcome = outcomeRecord(end.value, options, nowUs)
      const handshake = handshakeRecord(end.value, options, nowUs)
      return [
        ...(handshake === undefined ? [] : [{ type: 'TlsHandshake', record: handshake } as const]),
        { type: 'Outcome', record: outcome },
      ]
    },
  }
}

/** A handshake broken off before anything was said, by whom no tier decided of: a health check, mostly. */
function isNobody({ kind, reference, tlsError }: ConnectionEnd): boolean {
  return kind === 'error' && reference === undefined && tlsError === 0
}

/** True for a line of gates/haproxy, whoever wrote it where. */
export function isHaproxyLine(message: string): boolean {
  return message.startsWith(LINE_MARK)
}

function readLine(message: string): Parsed<ConnectionEnd, FieldsCode | EndCode> {
  const fields = parseFields(message)
  return fields.kind === 'reject' ? fields : readConnectionEnd(fields.value)
}

interface Misread {
  readonly code: string
  readonly where: string
  readonly message: string
  readonly at: number
  readonly nowUs: number
}

function deadLetter(
  { sensor, site, addresses }: HaproxyLogOptions,
  { code, where, message, at, nowUs }: Misread,
): AnyRecord {
  // They may name the client.
  const shown = addresses.form === 'pseudonym' ? '' : message.slice(0, FIRST_BYTES)
  return {
    type: 'DeadLetter',
    record: {
      eventId: eventId('DeadLetter', `${site}|${sensor}|${at}|${message}`, 0),
      ...{ observedAt: nowUs, ingestedAt: nowUs, sensor, site },
      code: `haproxy-${code}`,
      place: `${sensor} byte ${at}: ${where}`,
      topic: null,
      clientAddress: null,
      firstBytes: new Uint8Array(Buffer.from(shown, 'latin1')),
      length: message.length,
    },
  }
}
