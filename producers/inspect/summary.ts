import { type ObserverCounters } from '../observe.ts'

/** The counters of one inspection: what was read and, by reason, what was not. */
export interface InspectSummary {
  readonly kind: 'summary'
  readonly packets: number
  readonly bytes: number
  readonly flows: number
  readonly flowsWithoutStart: number
  readonly tlsHellos: number
  readonly tlsHellosWithoutFingerprint: number
  readonly sshConnections: number
  readonly faults: number
  /** Seen and not read: encrypted handshakes over UDP. */
  readonly quicUnread: number
  readonly dtlsUnread: number
  /** Packets and connections that were passed over, by reason; zeros left out. */
  readonly skipped: Readonly<Record<string, number>>
  /** One sentence when the file could not be read to its end. */
  readonly fault: string | null
}

export function inspectSummary(counters: ObserverCounters, fault: string | null): InspectSummary {
  const { flows, observed } = counters
  return {
    kind: 'summary',
    packets: flows.frames,
    bytes: flows.bytes,
    flows: flows.flows.opened,
    flowsWithoutStart: flows.flows.midstream,
    tlsHellos: observed.hellos,
    tlsHellosWithoutFingerprint: observed.hellosWithoutFingerprint,
    sshConnections: observed.sshConnections,
    faults: observed.deadLetters,
    quicUnread: flows.skipped.quic,
    dtlsUnread: flows.skipped.dtls,
    skipped: skippedBy(counters),
    fault,
  }
}

/** The summary for people: a line or a few. */
export function summaryText(summary: InspectSummary): string {
  const lines = [
    `${count(summary.packets, 'packet')}, ${count(summary.flows, 'TCP connection')}: ` +
      `${count(summary.tlsHellos, 'TLS hello')}, ${count(summary.sshConnections, 'SSH connection')}` +
      (summary.faults === 0 ? '' : `, ${count(summary.faults, 'fault')}`),
  ]
  if (summary.quicUnread + summary.dtlsUnread > 0) {
    lines.push(
      `Not read: ${count(summary.quicUnread, 'QUIC packet')}, ${count(summary.dtlsUnread, 'DTLS packet')}.`,
    )
  }
  const skipped = Object.entries(summary.skipped).filter(([reason]) => !UDP.has(reason))
  if (skipped.length > 0) {
    lines.push(`Passed over: ${skipped.map(([reason, times]) => `${reason} ${times}`).join(', ')}.`)
  }
  if (summary.fault !== null) lines.push(summary.fault)
  return lines.join('\n')
}

const UDP: ReadonlySet<string> = new Set(['quic', 'dtls'])

function skippedBy({ flows, observed }: ObserverCounters): Record<string, number> {
  const { otherProtocol, reversedTls, empty, flood } = observed.ignored
  const reasons: readonly (readonly [string, number])[] = [
    ...Object.entries(flows.skipped),
    ['other-protocol', otherProtocol],
    ['reversed-tls', reversedTls],
    ['no-payload', empty],
    ['flood', flood],
    ['dead-letters-capped', observed.deadLettersCapped],
    ['records-dropped', observed.recordsDropped],
  ]
  return Object.fromEntries(reasons.filter(([, times]) => times > 0))
}

function count(times: number, what: string): string {
  return `${times} ${what}${times === 1 ? '' : 's'}`
}
