import { type Hello, type Response } from '../../protocols/challenge/messages.ts'
import { type ConnectionEnd } from './connection-end.ts'
import { type GateDecision, type GateVerdict } from './gate-decision.ts'

/** Clocks of one connection: until its KEXINIT, until its answer to a challenge, the brake. */
export type GateTimer = 'handshake' | 'challenge' | 'brake'

/** What comes to a gated connection. */
export type GateEvent =
  | { readonly kind: 'bytes'; readonly bytes: Uint8Array }
  | { readonly kind: 'decision'; readonly decision: GateDecision }
  | { readonly kind: 'verdict'; readonly verdict: GateVerdict }
  | { readonly kind: 'timer'; readonly timer: GateTimer }
  | { readonly kind: 'open-failed' }
  | { readonly kind: 'client-left' }

/** What a client showed until its KEXINIT: all that a decision can go by. */
export interface ClientOpening {
  /** V_C without its line end. */
  readonly identification: Uint8Array
  /** Payload of SSH_MSG_KEXINIT, message number included. */
  readonly kexInit: Uint8Array
  /** Undefined: a client that knows nothing of gates. */
  readonly hello: Hello | undefined
}

/** What is to be done for it. */
export type GateCommand =
  | { readonly kind: 'send'; readonly bytes: Uint8Array }
  | { readonly kind: 'timer'; readonly timer: GateTimer; readonly ms: number }
  | { readonly kind: 'ask'; readonly opening: ClientOpening }
  | {
      readonly kind: 'verify'
      readonly opening: ClientOpening
      /** Undefined: none came in time. */
      readonly response: Response | undefined
      readonly elapsedMs: number
    }
  /** Connect, wait for the identification the client was shown, write the lead, splice. No event comes after it but open-failed. */
  | {
      readonly kind: 'open'
      readonly to: 'usual' | 'step-up'
      readonly lead: readonly Uint8Array[]
    }
  /** Write the last bytes and close. The connection takes no event after it. */
  | { readonly kind: 'end'; readonly how: ConnectionEnd; readonly bytes: Uint8Array | undefined }
