import { type ConnectionStamp, UNKNOWN_PLACE } from '../../lib/connection-stamp.ts'

/** What a gate says of the connection it asks for. */
export interface GateConnection {
  /** As records carry it: a pseudonym when addressForm says so. */
  readonly clientAddress: Uint8Array
  readonly addressForm: ConnectionStamp['addressForm']
  /** 0 when unknown. */
  readonly clientPort: number
  readonly listener: string
  readonly gate: string
  readonly site: string
  readonly nowMs: number
}

const NO_ADDRESS = Buffer.alloc(16)

/** The stamp of a gate's connection. A gate talked to the client: its address is proven. */
export function gateStamp(
  connection: GateConnection,
): ConnectionStamp & { readonly source: 'gate' } {
  const at = Math.round(connection.nowMs * 1000)
  return {
    observedAt: at,
    ingestedAt: at,
    sensor: connection.gate,
    site: connection.site,
    listener: connection.listener,
    source: 'gate',
    clientAddress: bufferOf(connection.clientAddress),
    clientPort: connection.clientPort,
    serverAddress: NO_ADDRESS,
    serverPort: 0,
    addressForm: connection.addressForm,
    ...UNKNOWN_PLACE,
    coverageDirections: 'client',
    coverageLostBytes: 0,
    handshakeProven: true,
  }
}

/** The same bytes as a Buffer, which the codec writes as it is. */
function bufferOf({ buffer, byteOffset, byteLength }: Uint8Array): Buffer {
  return Buffer.from(buffer, byteOffset, byteLength)
}
