import { RecentMap } from '../../lib/recent-map.ts'
import { type KexInit } from './kex-init.ts'

/** What two KEXINITs agree on; null where they have nothing in common. */
export interface Negotiated {
  readonly kex: string | null
  readonly hostKey: string | null
  readonly cipherToServer: string | null
  readonly cipherToClient: string | null
  /** `implicit` with a cipher that authenticates by itself. */
  readonly macToServer: string | null
  readonly macToClient: string | null
  readonly compressionToServer: string | null
  readonly compressionToClient: string | null
  /** Both offered strict key exchange (OpenSSH PROTOCOL section 1.10). */
  readonly strictKex: boolean
}

const STRICT_CLIENT = 'kex-strict-c-v00@openssh.com'
const STRICT_SERVER = 'kex-strict-s-v00@openssh.com'
const EXT_INFO_CLIENT = 'ext-info-c'
const EXT_INFO_SERVER = 'ext-info-s'
const MARKERS = new Set([STRICT_CLIENT, STRICT_SERVER, EXT_INFO_CLIENT, EXT_INFO_SERVER])

/** The client's first choice that the server knows (RFC 4253 section 7.1), marker names left out. */
export function negotiate(client: KexInit, server: KexInit): Negotiated {
  const cipherToServer = firstCommon(client.encryptionToServer, server.encryptionToServer)
  const cipherToClient = firstCommon(client.encryptionToClient, server.encryptionToClient)
  return {
    kex: firstCommon(client.kexAlgorithms, server.kexAlgorithms),
    hostKey: firstCommon(client.hostKeyAlgorithms, server.hostKeyAlgorithms),
    cipherToServer,
    cipherToClient,
    macToServer: macOf(cipherToServer, client.macToServer, server.macToServer),
    macToClient: macOf(cipherToClient, client.macToClient, server.macToClient),
    compressionToServer: firstCommon(client.compressionToServer, server.compressionToServer),
    compressionToClient: firstCommon(client.compressionToClient, server.compressionToClient),
    strictKex:
      names(client.kexAlgorithms).has(STRICT_CLIENT) &&
      names(server.kexAlgorithms).has(STRICT_SERVER),
  }
}

/** Whose KEXINIT this is, when it carries a name that only one side sends. */
export function senderOf(init: KexInit): 'client' | 'server' | undefined {
  const kex = names(init.kexAlgorithms)
  if (kex.has(EXT_INFO_CLIENT) || kex.has(STRICT_CLIENT)) return 'client'
  return kex.has(EXT_INFO_SERVER) || kex.has(STRICT_SERVER) ? 'server' : undefined
}

/** AES-GCM (RFC 5647) and ChaCha20-Poly1305 need no MAC of their own. */
export function isAead(cipher: string): boolean {
  return cipher.includes('gcm') || cipher.startsWith('chacha20-poly1305')
}

function macOf(cipher: string | null, client: string, server: string): string | null {
  return cipher !== null && isAead(cipher) ? 'implicit' : firstCommon(client, server)
}

function firstCommon(client: string, server: string): string | null {
  const known = names(server)
  for (const name of client.split(',')) {
    if (name !== '' && !MARKERS.has(name) && known.has(name)) return name
  }
  return null
}

function names(list: string): ReadonlySet<string> {
  const recent = NAMES.get(list)
  if (recent !== undefined) return recent
  const made = new Set(list.split(','))
  if (list.length <= LONGEST_REMEMBERED) NAMES.set(list, made)
  return made
}

/** A few programs send most lists, and taking one apart costs more than all else here. */
const NAMES = new RecentMap<string, ReadonlySet<string>>(256)
const LONGEST_REMEMBERED = 2048
