import { type KeyObject, sign, verify } from 'node:crypto'
import { publicKey } from './gate-keys.ts'
import { labelled } from './labelled.ts'

/** Ed25519 over a gate's message and the connection it is meant for: 64 bytes. `bind` is that of `bind.ts`. */
export function signMessage(key: KeyObject, bind: Uint8Array, body: Uint8Array): Buffer {
  return sign(null, labelled('message', bind, body), key)
}

/** Whether the gate with this key, 32 bytes, said so on this connection. */
export function isSignedBy(
  gate: Uint8Array,
  bind: Uint8Array,
  body: Uint8Array,
  signature: Uint8Array,
): boolean {
  if (signature.length !== 64) return false
  return verify(null, labelled('message', bind, body), publicKey('ed25519', gate), signature)
}
