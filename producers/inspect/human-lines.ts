import { type FaultLine, type InspectLine, type SshLine, type TlsLine } from './inspect-line.ts'

/**
 * Lines for people, in columns: a column grows with what it has held so far, so that a file of any
 * length can be printed while it is read.
 */
export function createHumanLines(): (line: InspectLine) => string {
  const widths = [3, 0, 42, 36]
  return (line) =>
    cells(line)
      .map((cell, column) => {
        const width = Math.min(MAX_COLUMN, Math.max(widths[column] ?? 0, cell.length))
        widths[column] = width
        return cell.padEnd(width)
      })
      .join('  ')
      .trimEnd()
}

const MAX_COLUMN = 64

function cells(line: InspectLine): readonly string[] {
  switch (line.kind) {
    case 'tls':
      return tlsCells(line)
    case 'ssh':
      return sshCells(line)
    case 'fault':
      return faultCells(line)
  }
}

function tlsCells(line: TlsLine): readonly string[] {
  const remarks = [
    line.answersRetry ? 'second hello, after a retry request' : '',
    line.proxied ? 'behind a proxy header' : '',
    line.tunnel === null ? '' : `in ${line.tunnel}`,
  ].filter((remark) => remark !== '')
  return [
    'tls',
    timeOfDay(line.time),
    arrow(line.stream),
    line.ja4 ?? 'no fingerprint',
    line.sni ?? '(no name)',
    line.alpn.join(','),
    remarks.join(', '),
  ]
}

function sshCells(line: SshLine): readonly string[] {
  return [
    'ssh',
    timeOfDay(line.time),
    arrow(line.stream),
    line.hassh ?? `no HASSH (${line.stage})`,
    line.sshClient ?? '(client silent)',
    line.sshServer ?? '(server silent)',
    authentication(line),
  ]
}

function authentication(line: SshLine): string {
  if (line.authSuccess === null) return ''
  const attempts = line.authAttempts ?? 0
  if (line.authSuccess) return `logged in (attempt ${attempts}, inferred)`
  return attempts === 0 ? 'no login tried' : `${attempts} failed (inferred)`
}

function faultCells(line: FaultLine): readonly string[] {
  return ['???', timeOfDay(line.time), line.place, line.code]
}

function arrow(stream: string): string {
  return stream.replace('-', ' > ')
}

function timeOfDay(time: string): string {
  return time.length === ISO_LENGTH ? time.slice(11, 23) : time
}

const ISO_LENGTH = '2026-01-01T00:00:00.000000Z'.length
