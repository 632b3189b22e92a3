/** Who is connected, as the gate sees it: after a PROXY header, whom that names. */
export interface GateClient {
  /** 16 bytes. */
  readonly address: Uint8Array
  readonly port: number
  /** Text of the address. */
  readonly ip: string
  /** The listener's name. */
  readonly listener: string
}
