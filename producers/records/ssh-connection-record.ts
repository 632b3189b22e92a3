import { type SshConnection } from '../../schemas/generated/records.ts'
import { eventId } from '../../lib/event-id.ts'
import { printable } from '../../protocols/printable.ts'
import { clientKexInitFields, serverKexInitFields } from '../../protocols/ssh/kex-init-fields.ts'
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
  const about = identity.connectionId ?? flowText(identity)
  return {
    ...envelope(sensor, identity, eventId('SshConnection', about, 0), fact.at),
    vlanId: facts.vlanId,
    tunnel: facts.tunnel,
    stage: fact.stage,
    clientIdentification: textOf(fact.clientIdentification),
    serverIdentification: textOf(fact.serverIdentification),
    preBannerLines: Math.min(fact.preBannerLines, 255),
    ...clientKexInitFields(client),
    ...serverKexInitFields(server),
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
