/** Writes SSH bytes for tests. */

export const COOKIE = Array.from({ length: 16 }, (_, i) => 0xa0 + i)

export interface KexInitParts {
  readonly cookie?: readonly number[]
  /** kex, host key, cipher to server, to client, mac, mac, compression, compression, language, language. */
  readonly lists: readonly string[]
  readonly firstKexPacketFollows?: boolean
}

export const CLIENT_LISTS = [
  'curve25519-sha256,ext-info-c,kex-strict-c-v00@openssh.com',
  'ssh-ed25519,rsa-sha2-256',
  'aes128-ctr,aes128-gcm@openssh.com',
  'aes128-gcm@openssh.com,aes128-ctr',
  'hmac-sha2-256',
  'hmac-sha2-512',
  'none,zlib@openssh.com',
  'none',
  '',
  '',
]

export const SERVER_LISTS = [
  'curve25519-sha256,kex-strict-s-v00@openssh.com',
  'rsa-sha2-256,ssh-ed25519',
  'aes256-ctr,aes128-ctr',
  'aes256-gcm@openssh.com,aes128-ctr',
  'hmac-sha2-256',
  'hmac-sha2-512',
  'none',
  'none',
  '',
  '',
]

/** Lists without a name that tells the sides apart. */
export function oldLists(lists: readonly string[]): string[] {
  return ['diffie-hellman-group14-sha1', ...lists.slice(1)]
}

export function kexInitPayload(parts: KexInitParts): Buffer {
  const lists = parts.lists.map((list) => {
    const length = Buffer.alloc(4)
    length.writeUInt32BE(list.length)
    return Buffer.concat([length, Buffer.from(list, 'latin1')])
  })
  const follows = parts.firstKexPacketFollows === true ? 1 : 0
  return Buffer.concat([
    Buffer.from([20, ...(parts.cookie ?? COOKIE)]),
    ...lists,
    Buffer.from([follows, 0, 0, 0, 0]),
  ])
}

/** One binary packet, padded to 8. */
export function sshPacket(payload: Uint8Array): Buffer {
  const padding = 8 - ((payload.length + 5) % 8) + (8 - ((payload.length + 5) % 8) < 4 ? 8 : 0)
  const head = Buffer.alloc(5)
  head.writeUInt32BE(payload.length + padding + 1)
  head[4] = padding
  return Buffer.concat([head, payload, Buffer.alloc(padding)])
}

export function kexInit(lists: readonly string[]): Buffer {
  return sshPacket(kexInitPayload({ lists }))
}

export const NEWKEYS = sshPacket(Buffer.from([21]))
export const KEX_REQUEST = sshPacket(Buffer.from([30, 1, 2, 3]))
export const KEX_REPLY = sshPacket(Buffer.from([31, 1, 2, 3]))
