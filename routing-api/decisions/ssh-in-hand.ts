import { judgeSshConnection } from '../../behaviour/inline.ts'
import { type Evidence } from '../../behaviour/evidence/evidence.ts'
import { type PopulationView } from '../../behaviour/population-view.ts'
import { connectionId, eventId } from '../../lib/event-id.ts'
import { clientKexInitFields, serverKexInitFields } from '../../protocols/ssh/kex-init-fields.ts'
import { parseKexInit, SSH_MSG_KEXINIT, type KexInit } from '../../protocols/ssh/kex-init.ts'
import { printableText } from '../../protocols/printable.ts'
import { type SshConnection } from '../../schemas/generated/records.ts'
import { gateStamp, type GateConnection } from './gate-connection.ts'

/** What an SSH client showed before its key exchange. */
export interface SshInHand {
  /** Undefined when nothing was read yet. */
  readonly record: SshConnection | undefined
  readonly evidence: readonly Evidence[]
}

const PACKET_HEADER = 5

/**
 * Reads the identification and the KEXINIT (the payload, or the whole unencrypted packet) a gate
 * presents. What is malformed is evidence: the stage of the record says so.
 */
export function readSshInHand(
  identification: string,
  kexInit: Uint8Array | undefined,
  connection: GateConnection,
  population: PopulationView,
): SshInHand {
  const parsed = kexInit === undefined ? undefined : parseKexInit(payloadOf(kexInit))
  const init = parsed?.kind === 'emit' ? parsed.value : undefined
  const malformed = parsed?.kind === 'reject' || !identification.startsWith('SSH-')
  const stage = malformed ? 'malformed' : stageOf(identification, init)
  const record = sshRecord(identification, init, stage, connection)
  return { record, evidence: judgeSshConnection(record, population) }
}

function stageOf(identification: string, init: KexInit | undefined): SshConnection['stage'] {
  if (identification.startsWith('SSH-1.') && !identification.startsWith('SSH-1.99-')) {
    return 'version-1'
  }
  return init === undefined ? 'identification' : 'kexinit'
}

/** uint32 packet_length, byte padding_length, payload, padding (RFC 4253 section 6). */
export function payloadOf(bytes: Uint8Array): Uint8Array {
  if (bytes[0] === SSH_MSG_KEXINIT || bytes.length <= PACKET_HEADER) return bytes
  return bytes.subarray(PACKET_HEADER, Math.max(PACKET_HEADER, bytes.length - (bytes[4] ?? 0)))
}

function sshRecord(
  identification: string,
  init: KexInit | undefined,
  stage: SshConnection['stage'],
  connection: GateConnection,
): SshConnection {
  const nonce = init?.cookie ?? new TextEncoder().encode(`${connection.nowMs}`)
  const id = connectionId(connection.clientAddress, connection.clientPort, nonce)
  return {
    eventId: eventId('SshConnection', id, 0),
    connectionId: init === undefined || connection.clientPort === 0 ? null : id,
    ...gateStamp(connection),
    vlanId: null,
    tunnel: null,
    stage,
    clientIdentification: printableText(identification, 255),
    serverIdentification: null,
    preBannerLines: 0,
    ...clientKexInitFields(init),
    ...serverKexInitFields(undefined),
    strictKex: null,
    kex: null,
    hostKey: null,
    cipherToServer: null,
    macToServer: null,
    bannerDelayMs: null,
    kexInitDelayMs: null,
    rttMs: null,
  }
}
