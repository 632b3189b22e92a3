import { connectionBind } from '../../protocols/challenge/bind.ts'
import {
  encodeExtension,
  EXTENSION_NAME,
  parseExtension,
} from '../../protocols/challenge/extension-packet.ts'
import { type GateKeys } from '../../protocols/challenge/gate-keys.ts'
import {
  encodeMessage,
  parseClientMessage,
  type ClientMessage,
  type GateMessage,
} from '../../protocols/challenge/messages.ts'
import { signMessage } from '../../protocols/challenge/signature.ts'
import { framePacket } from '../../protocols/ssh/packet-writer.ts'
import { type ClientOpening } from './gate-events.ts'

/** A framed message of the gate, signed for this connection. */
export function signedMessage(
  keys: GateKeys,
  opening: ClientOpening,
  message: GateMessage,
): Uint8Array {
  const body = encodeMessage(message)
  const bind = connectionBind(opening.identification, opening.kexInit)
  return framePacket(encodeExtension(body, signMessage(keys.sign, bind, body)))
}

/** What a client said in a packet of ours; undefined when it is none, or cannot be read. */
export function readMessage(payload: Uint8Array): ClientMessage | undefined {
  const packet = parseExtension(payload)
  if (packet.kind !== 'emit' || packet.value.name !== EXTENSION_NAME) return undefined
  const message = parseClientMessage(packet.value.body)
  return message.kind === 'emit' ? message.value : undefined
}
