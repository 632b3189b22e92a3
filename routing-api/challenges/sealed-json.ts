import { createCipheriv, createDecipheriv, createHmac } from 'node:crypto'

const SALT = 16
const TAG = 16
const NO_IV = new Uint8Array(12)

/**
 * JSON that only holders of the key can read or make: `salt (16) || AES-256-GCM(text) || tag (16)` with the key
 * HMAC-SHA256(key, salt). A key of its own for each text, so that no count of them wears the key out.
 * `salt` is 16 fresh random bytes; `about` (where it belongs) is authenticated with it.
 */
export function sealJson(key: Uint8Array, salt: Uint8Array, about: string, value: unknown): Buffer {
  const cipher = createCipheriv('aes-256-gcm', subkey(key, salt), NO_IV)
  cipher.setAAD(Buffer.from(about))
  const text = cipher.update(JSON.stringify(value), 'utf8')
  return Buffer.concat([salt.subarray(0, SALT), text, cipher.final(), cipher.getAuthTag()])
}

/** What was sealed with this key for this place; undefined when it was not, or was altered. */
export function openJson(key: Uint8Array, about: string, sealed: Uint8Array): unknown {
  if (sealed.length <= SALT + TAG) return undefined
  const decipher = createDecipheriv('aes-256-gcm', subkey(key, sealed.subarray(0, SALT)), NO_IV, {
    authTagLength: TAG,
  })
  decipher.setAAD(Buffer.from(about))
  decipher.setAuthTag(sealed.subarray(-TAG))
  const text = decipher.update(sealed.subarray(SALT, -TAG), undefined, 'utf8')
  try {
    const value: unknown = JSON.parse(text + decipher.final('utf8'))
    return value
  } catch {
    // node:crypto says in one way only, by throwing, that a tag does not fit.
    return undefined
  }
}

function subkey(key: Uint8Array, salt: Uint8Array): Buffer {
  return createHmac('sha256', key).update(salt.subarray(0, SALT)).digest()
}
