import { type SshConnection } from '../../schemas/generated/records.ts'
import { RecentMap } from '../../lib/recent-map.ts'
import { printableText } from '../printable.ts'
import { hassh, hasshServer } from './hassh.ts'
import { type KexInit } from './kex-init.ts'

type Of<Side extends 'client' | 'server'> = Pick<
  SshConnection,
  Exclude<
    Extract<keyof SshConnection, `${Side}${string}`>,
    `${Side}Address` | `${Side}Port` | `${Side}Identification`
  >
>
type ClientFields = Of<'client'> & Pick<SshConnection, 'cookie' | 'hassh'>
type ServerFields = Of<'server'> & Pick<SshConnection, 'hasshServer'>

/** The fields of SshConnection that the client's KEXINIT gives; nulls while it is not seen. */
export function clientKexInitFields(init: KexInit | undefined): ClientFields {
  return {
    clientKexAlgorithms: listOf(init?.kexAlgorithms),
    clientHostKeyAlgorithms: listOf(init?.hostKeyAlgorithms),
    clientEncryptionToServer: listOf(init?.encryptionToServer),
    clientEncryptionToClient: listOf(init?.encryptionToClient),
    clientMacToServer: listOf(init?.macToServer),
    clientMacToClient: listOf(init?.macToClient),
    clientCompressionToServer: listOf(init?.compressionToServer),
    clientCompressionToClient: listOf(init?.compressionToClient),
    clientFirstKexPacketFollows: init?.firstKexPacketFollows ?? false,
    clientReserved: init?.reserved ?? 0,
    cookie: init?.cookie ?? null,
    hassh: init === undefined ? null : hassh(init),
  }
}

/** The fields that the server's KEXINIT gives; nulls while it is not seen, or never will be. */
export function serverKexInitFields(init: KexInit | undefined): ServerFields {
  return {
    serverKexAlgorithms: listOf(init?.kexAlgorithms),
    serverHostKeyAlgorithms: listOf(init?.hostKeyAlgorithms),
    serverEncryptionToServer: listOf(init?.encryptionToServer),
    serverEncryptionToClient: listOf(init?.encryptionToClient),
    serverMacToServer: listOf(init?.macToServer),
    serverMacToClient: listOf(init?.macToClient),
    serverCompressionToServer: listOf(init?.compressionToServer),
    serverCompressionToClient: listOf(init?.compressionToClient),
    hasshServer: init === undefined ? null : hasshServer(init),
  }
}

function listOf(list: string | undefined): string | null {
  if (list === undefined) return null
  const recent = PRINTABLE.get(list)
  if (recent !== undefined) return recent
  const made = printableText(list)
  if (list.length <= LONGEST_REMEMBERED) PRINTABLE.set(list, made)
  return made
}

/** A few programs send most lists. */
const PRINTABLE = new RecentMap<string, string>(512)
const LONGEST_REMEMBERED = 2048
