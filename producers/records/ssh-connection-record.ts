import { type SshConnection } from '../../schemas/generated/records.ts'
import { eventId } from '../../lib/event-id.ts'
import { printable, printableText } from '../../protocols/printable.ts'
import { hassh, hasshServer } from '../../protocols/ssh/hassh.ts'
import { type KexInit } from '../../protocols/ssh/kex-init.ts'
import { type SshConnectionFact } from '../../protocols/ssh/ssh-facts.ts'
import {
  type ConnectionIdentity,
  envelope,
  flowText,
  millisecondsFrom,
  type Sensor,
} from './envelope.ts'

/** The record of an SSH connection as far as its key exchange. */
export function sshConnectionRecord(
  sensor: Sensor,
  identity: ConnectionIdentity,
  fact: SshConnectionFact,
): SshConnection {
  const { facts } = identity
  const { client, server, negotiated } = fact
  const about = identity.connectionId ?? flowText(facts)
  return {
    ...envelope(sensor, identity, eventId('SshConnection', about, 0), fact.at),
    vlanId: facts.vlanId,
    tunnel: facts.tunnel,
    stage: fact.stage,
    clientIdentification: textOf(fact.clientIdentification),
    serverIdentification: textOf(fact.serverIdentification),
    preBannerLines: Math.min(fact.preBannerLines, 255),
    ...clientLists(client),
    ...serverLists(server),
    clientFirstKexPacketFollows: client?.firstKexPacketFollows ?? false,
    clientReserved: client?.reserved ?? 0,
    cookie: client?.cookie ?? null,
    hassh: client === undefined ? null : hassh(client),
    hasshServer: server === undefined ? null : hasshServer(server),
    strictKex: negotiated?.strictKex ?? null,
    kex: negotiated?.kex ?? null,
    hostKey: negotiated?.hostKey ?? null,
    cipherToServer: negotiated?.cipherToServer ?? null,
    macToServer: negotiated?.macToServer ?? null,
    ...delays(identity, fact),
    rttMs: facts.rttMs,
  }
}

function textOf(identification: Uint8Array | undefined): string | null {
  return identification === undefined ? null : printable(identification)
}

function listOf(list: string | undefined): string | null {
  return list === undefined ? null : printableText(list)
}

type ClientLists = Pick<
  SshConnection,
  | 'clientKexAlgorithms'
  | 'clientHostKeyAlgorithms'
  | 'clientEncryptionToServer'
  | 'clientEncryptionToClient'
  | 'clientMacToServer'
  | 'clientMacToClient'
  | 'clientCompressionToServer'
  | 'clientCompressionToClient'
>

function clientLists(init: KexInit | undefined): ClientLists {
  return {
    clientKexAlgorithms: listOf(init?.kexAlgorithms),
    clientHostKeyAlgorithms: listOf(init?.hostKeyAlgorithms),
    clientEncryptionToServer: listOf(init?.encryptionToServer),
    clientEncryptionToClient: listOf(init?.encryptionToClient),
    clientMacToServer: listOf(init?.macToServer),
    clientMacToClient: listOf(init?.macToClient),
    clientCompressionToServer: listOf(init?.compressionToServer),
    clientCompressionToClient: listOf(init?.compressionToClient),
  }
}

type ServerLists = Pick<
  SshConnection,
  | 'serverKexAlgorithms'
  | 'serverHostKeyAlgorithms'
  | 'serverEncryptionToServer'
  | 'serverEncryptionToClient'
  | 'serverMacToServer'
  | 'serverMacToClient'
  | 'serverCompressionToServer'
  | 'serverCompressionToClient'
>

function serverLists(init: KexInit | undefined): ServerLists {
  return {
    serverKexAlgorithms: listOf(init?.kexAlgorithms),
    serverHostKeyAlgorithms: listOf(init?.hostKeyAlgorithms),
    serverEncryptionToServer: listOf(init?.encryptionToServer),
    serverEncryptionToClient: listOf(init?.encryptionToClient),
    serverMacToServer: listOf(init?.macToServer),
    serverMacToClient: listOf(init?.macToClient),
    serverCompressionToServer: listOf(init?.compressionToServer),
    serverCompressionToClient: listOf(init?.compressionToClient),
  }
}

function delays(
  { facts }: ConnectionIdentity,
  fact: SshConnectionFact,
): Pick<SshConnection, 'bannerDelayMs' | 'kexInitDelayMs'> {
  const { clientIdentifiedAt, serverIdentifiedAt, clientKexInitAt } = fact
  const banner =
    clientIdentifiedAt === undefined ? null : millisecondsFrom(facts.synAt, clientIdentifiedAt)
  if (clientKexInitAt === undefined) return { bannerDelayMs: banner, kexInitDelayMs: null }
  const later = Math.max(clientIdentifiedAt ?? 0, serverIdentifiedAt ?? 0)
  return { bannerDelayMs: banner, kexInitDelayMs: (clientKexInitAt - later) / 1000 }
}
