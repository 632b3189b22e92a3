/** What can be wrong with a capture, file or live: a closed list for labels. */
export type CaptureFaultCode =
  | 'not-a-capture'
  | 'empty'
  | 'truncated'
  | 'corrupt'
  | 'missing'
  | 'not-permitted'
  | 'unreadable'
  | 'no-such-interface'
  | 'bad-filter'
  | 'no-driver'
  | 'driver-failed'

/** Why a capture ended before its time. Everything before it was given. */
export interface CaptureFault {
  readonly code: CaptureFaultCode
  /** Byte offset in the (uncompressed) capture. */
  readonly at: number
  /** One sentence for people. */
  readonly message: string
}

export function captureFault(code: CaptureFaultCode, at: number, message: string): CaptureFault {
  return { code, at, message }
}
