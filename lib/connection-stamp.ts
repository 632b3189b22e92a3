import { type TlsHello } from '../schemas/generated/records.ts'

/** What every record about a connection carries, but its ids. */
export type ConnectionStamp = Pick<
  TlsHello,
  | 'observedAt'
  | 'ingestedAt'
  | 'sensor'
  | 'site'
  | 'listener'
  | 'source'
  | 'clientAddress'
  | 'clientPort'
  | 'serverAddress'
  | 'serverPort'
  | 'addressForm'
  | 'country'
  | 'asn'
  | 'latitude'
  | 'longitude'
  | 'coverageDirections'
  | 'coverageLostBytes'
  | 'handshakeProven'
>

/** Nobody looked the client's place up. */
export const UNKNOWN_PLACE = {
  country: null,
  asn: null,
  latitude: null,
  longitude: null,
} as const satisfies Partial<ConnectionStamp>
