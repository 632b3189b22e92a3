import { type DeadLetter } from '../../schemas/generated/records.ts'
import { eventId } from '../../lib/event-id.ts'
import { type Direction } from '../../protocols/stream.ts'
import { type ConnectionIdentity, flowText, type Sensor, stamp } from './envelope.ts'

/** Bytes of a connection that could not be understood. */
export interface ConnectionFault {
  /** From a closed list. */
  readonly code: string
  readonly direction: Direction
  readonly place: string
  /** At most 32 bytes. */
  readonly firstBytes: Uint8Array
  readonly length: number
  readonly at: number
}

const NO_BYTES = new Uint8Array(0)

/** The record of a fault; `ordinal` tells several of one connection apart. */
export function deadLetterRecord(
  sensor: Sensor,
  identity: ConnectionIdentity,
  fault: ConnectionFault,
  ordinal: number,
): DeadLetter {
  const flow = flowText(identity)
  return {
    ...stamp(sensor, eventId('DeadLetter', `${flow} ${fault.code}`, ordinal), fault.at),
    code: fault.code,
    place: `${flow.slice(0, flow.lastIndexOf('@'))} ${fault.direction} ${fault.place}`,
    topic: null,
    clientAddress: identity.clientAddress,
    // They may be a PROXY header, which names the client.
    firstBytes: sensor.addresses?.form === 'pseudonym' ? NO_BYTES : fault.firstBytes,
    length: fault.length,
  }
}
