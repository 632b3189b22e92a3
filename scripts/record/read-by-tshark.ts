import { execFileSync } from 'node:child_process'
import { ja4 } from './ja4.ts'

const ADDRESSES = ['ip.src', 'ipv6.src', 'tcp.srcport', 'ip.dst', 'ipv6.dst', 'tcp.dstport']

/** One ClientHello or one SSH connection as tshark reads it; `stream` and field names as `vestibule inspect` has them. */
export type ExpectedLine = Readonly<Record<string, unknown>>

/**
 * What tshark reads in a capture, and JA4 by ja4.ts from tshark's raw fields: one line per ClientHello, then one per SSH
 * connection, each in the order of the capture. Throws when tshark is absent or can't read the file.
 */
export function readByTshark(path: string): ExpectedLine[] {
  return [...hellosOf(path), ...sshOf(path)]
}

function hellosOf(path: string): ExpectedLine[] {
  const ordinals = new Map<string, number>()
  return tshark(path, 'tls.handshake.type == 1', [
    'tls.handshake.ja3_full',
    'tls.handshake.ja3',
    'tls.handshake.version',
    'tls.handshake.extensions.supported_version',
    'tls.handshake.ciphersuite',
    'tls.handshake.extension.type',
    'tls.handshake.sig_hash_alg',
    'tls.handshake.sig_hash_alg_len',
    'tls.handshake.extensions_alpn_str',
    'tls.handshake.extensions_server_name',
  ]).map((row) => {
    const stream = streamOf(row)
    const ordinal = ordinals.get(stream) ?? 0
    ordinals.set(stream, ordinal + 1)
    const alpn = many(row, 'tls.handshake.extensions_alpn_str')
    const legacyVersion = numbers(row, 'tls.handshake.version')[0] ?? 0
    const supportedVersions = numbers(row, 'tls.handshake.extensions.supported_version')
    const ja3 = one(row, 'tls.handshake.ja3_full')
    const fields = {
      legacyVersion,
      supportedVersions,
      ciphers: numbers(row, 'tls.handshake.ciphersuite'),
      extensions: numbers(row, 'tls.handshake.extension.type'),
      signatureAlgorithms: signatureAlgorithms(row),
      alpn: alpn[0] === undefined ? undefined : Buffer.from(alpn[0], 'latin1'),
    }
    return {
      kind: 'tls',
      stream,
      ordinal,
      ja3,
      ja3Hash: one(row, 'tls.handshake.ja3'),
      // A hello in SSLv2's form has neither fingerprint: their definitions begin with TLS records.
      ja4: ja3 === null ? null : ja4(fields),
      sni: one(row, 'tls.handshake.extensions_server_name'),
      alpn,
      version: legacyVersion,
      supportedVersions,
    }
  })
}

/**
 * tshark gives the values of signature_algorithms (13) and signature_algorithms_cert (50) under one name, in the order of the
 * extensions; JA4 is about the first alone.
 */
function signatureAlgorithms(row: Row): number[] {
  const values = numbers(row, 'tls.handshake.sig_hash_alg')
  const holders = numbers(row, 'tls.handshake.extension.type').filter((type) =>
    [13, 50].includes(type),
  )
  const counts = numbers(row, 'tls.handshake.sig_hash_alg_len').map((bytes) => bytes / 2)
  const at = holders.indexOf(13)
  if (at === -1) return []
  const from = counts.slice(0, at).reduce((sum, count) => sum + count, 0)
  return values.slice(from, from + (counts[at] ?? 0))
}

/** Banners and KEXINITs arrive in rows of their own: those of one connection become one line. */
function sshOf(path: string): ExpectedLine[] {
  const connections = new Map<string, Record<string, unknown>>()
  const filter = 'ssh.protocol || ssh.kex.hassh || ssh.kex.hasshserver'
  const fields = ['ssh.protocol', 'ssh.kex.hassh', 'ssh.kex.hasshserver']
  for (const row of tshark(path, filter, fields)) {
    const fromServer = one(row, 'tcp.srcport') === '22'
    const stream = fromServer ? streamOf(row, 'reversed') : streamOf(row)
    const line = connections.get(stream) ?? emptySsh(stream)
    connections.set(stream, line)
    line[fromServer ? 'sshServer' : 'sshClient'] ??= one(row, 'ssh.protocol')
    line['hassh'] ??= one(row, 'ssh.kex.hassh')
    line['hasshServer'] ??= one(row, 'ssh.kex.hasshserver')
  }
  return [...connections.values()]
}

function emptySsh(stream: string): Record<string, unknown> {
  const nothingYet = { hassh: null, hasshServer: null, sshClient: null, sshServer: null }
  return { kind: 'ssh', stream, ...nothingYet }
}

type Row = ReadonlyMap<string, readonly string[]>

function tshark(path: string, filter: string, fields: readonly string[]): Row[] {
  const names = [...ADDRESSES, ...fields]
  const form = ['-T', 'fields', '-E', 'occurrence=a', '-E', 'aggregator=|', '-E', 'separator=/t']
  const ports = ['-d', 'tcp.port==8443,tls']
  const columns = names.flatMap((name) => ['-e', name])
  const output = execFileSync('tshark', ['-r', path, ...ports, '-Y', filter, ...form, ...columns], {
    encoding: 'utf8',
    maxBuffer: 1 << 28,
    stdio: ['ignore', 'pipe', 'ignore'],
  })
  return output
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => {
      const cells = line.split('\t').map((cell) => (cell === '' ? [] : cell.split('|')))
      return new Map(names.map((name, at) => [name, cells[at] ?? []]))
    })
}

function streamOf(row: Row, direction: 'as sent' | 'reversed' = 'as sent'): string {
  const from = `${one(row, 'ip.src') ?? one(row, 'ipv6.src') ?? ''}:${one(row, 'tcp.srcport') ?? ''}`
  const to = `${one(row, 'ip.dst') ?? one(row, 'ipv6.dst') ?? ''}:${one(row, 'tcp.dstport') ?? ''}`
  return direction === 'reversed' ? `${to}-${from}` : `${from}-${to}`
}

function many(row: Row, name: string): readonly string[] {
  return row.get(name) ?? []
}

function one(row: Row, name: string): string | null {
  return many(row, name)[0] ?? null
}

function numbers(row: Row, name: string): number[] {
  return many(row, name).map(Number)
}
