import { type TlsHello } from '../../schemas/generated/records.ts'
import { type ConnectionStamp, UNKNOWN_PLACE } from '../../lib/connection-stamp.ts'
import { type AddressMap } from '../../lib/pseudonym.ts'
import { addressText, isIpv4 } from '../../lib/client-entity.ts'
import { type FlowFacts } from '../../protocols/packet/flow-handler.ts'

/** Who observes, and what it knows of the place. */
export interface Sensor {
  readonly sensor: string
  readonly site: string
  readonly source: TlsHello['source']
  /** Configured name of a protected service; undefined gives address:port. */
  readonly listenerName?: ((address: Uint8Array, port: number) => string | undefined) | undefined
  /** How client addresses stand in records; clear by default. The identity carries them already so. */
  readonly addresses?: AddressMap | undefined
  /** Microseconds since 1970 at which records are made; without it, the event's own time. */
  readonly now?: (() => number) | undefined
}

/** A connection's own identity in records. */
export interface ConnectionIdentity {
  readonly facts: FlowFacts
  /** Who opened the connection, by its packets; in the form in which records carry addresses. */
  readonly senderAddress: Uint8Array
  /** The client's address and port: those of a trusted PROXY header, else of the packets. */
  readonly clientAddress: Uint8Array
  readonly clientPort: number
  readonly connectionId: Uint8Array | null
}

/** What every record about a connection carries beside its own fields. */
type Envelope = ConnectionStamp & Pick<TlsHello, 'eventId' | 'connectionId'>

/** The stamp and connection fields of a record about a connection; `at` in microseconds. */
export function envelope(
  sensor: Sensor,
  identity: ConnectionIdentity,
  eventId: Uint8Array,
  at: number,
): Envelope {
  const { facts } = identity
  const stamped = stamp(sensor, eventId, at)
  // Field by field: spreading one object into another costs more than all else in a record.
  return {
    eventId,
    observedAt: stamped.observedAt,
    ingestedAt: stamped.ingestedAt,
    sensor: stamped.sensor,
    site: stamped.site,
    connectionId: identity.connectionId,
    listener: listenerOf(sensor, facts),
    source: sensor.source,
    clientAddress: identity.clientAddress,
    clientPort: identity.clientPort,
    serverAddress: facts.serverAddress,
    serverPort: facts.serverPort,
    addressForm: sensor.addresses?.form ?? 'clear',
    country: UNKNOWN_PLACE.country,
    asn: UNKNOWN_PLACE.asn,
    latitude: UNKNOWN_PLACE.latitude,
    longitude: UNKNOWN_PLACE.longitude,
    coverageDirections: facts.directions,
    coverageLostBytes: facts.lostBytes,
    handshakeProven: facts.proven,
  }
}

/** A capture file may claim any time; beyond this no record could be written. Folds refuse it long before. */
const LATEST = Number.MAX_SAFE_INTEGER - 1

/** What every record carries, whatever it is about. */
export function stamp(
  sensor: Sensor,
  eventId: Uint8Array,
  at: number,
): Pick<Envelope, 'eventId' | 'observedAt' | 'ingestedAt' | 'sensor' | 'site'> {
  const observedAt = Math.max(-LATEST, Math.min(LATEST, Math.floor(at)))
  return {
    eventId,
    observedAt,
    ingestedAt: sensor.now === undefined ? observedAt : Math.floor(sensor.now()),
    sensor: sensor.sensor,
    site: sensor.site,
  }
}

/** `address:port`, IPv6 in brackets. */
export function endpointText(address: Uint8Array, port: number): string {
  const text = addressText(address)
  return isIpv4(address) ? `${text}:${port}` : `[${text}]:${port}`
}

/** `client:port-server:port` and when it began: what names a connection without a nonce. */
export function flowText({ facts, senderAddress }: ConnectionIdentity): string {
  const client = endpointText(senderAddress, facts.clientPort)
  return `${client}-${endpointText(facts.serverAddress, facts.serverPort)}@${Math.floor(facts.startedAt)}`
}

/** Microseconds between, as milliseconds; null when the beginning is not known. */
export function millisecondsFrom(from: number | null | undefined, to: number): number | null {
  return from === null || from === undefined ? null : (to - from) / 1000
}

function listenerOf(sensor: Sensor, facts: FlowFacts): string {
  const { serverAddress, serverPort } = facts
  return sensor.listenerName?.(serverAddress, serverPort) ?? endpointText(serverAddress, serverPort)
}
