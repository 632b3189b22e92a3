import { hash } from 'node:crypto'
import { RecentMap } from '../../lib/recent-map.ts'
import { type KexInit } from './kex-init.ts'

/** HASSH (Reardon 2018, BSD-3) of a client: MD5 of kex;cipher;mac;compression towards the server. */
export function hassh(client: KexInit): string {
  return md5(
    `${client.kexAlgorithms};${client.encryptionToServer};${client.macToServer};${client.compressionToServer}`,
  )
}

/** HASSHserver: the same of a server, towards the client. */
export function hasshServer(server: KexInit): string {
  return md5(
    `${server.kexAlgorithms};${server.encryptionToClient};${server.macToClient};${server.compressionToClient}`,
  )
}

/** Of the bytes as sent. */
function md5(lists: string): string {
  const recent = DIGESTS.get(lists)
  if (recent !== undefined) return recent
  const made = hash('md5', Buffer.from(lists, 'latin1'))
  if (lists.length <= LONGEST_REMEMBERED) DIGESTS.set(lists, made)
  return made
}

/** A few programs send most lists. */
const DIGESTS = new RecentMap<string, string>(256)
const LONGEST_REMEMBERED = 4096
