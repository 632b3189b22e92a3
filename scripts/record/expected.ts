/**
 * Writes test/fixtures/expected.jsonl: what tshark reads in every fixture, and JA4 by ja4.ts from tshark's raw fields. The
 * project's own parsers have no part in it. One line per ClientHello and per SSH connection, in the order of the capture.
 */
import { execFileSync } from 'node:child_process'
import { readdirSync, writeFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { ja4 } from './ja4.ts'

const FIXTURES = resolve(import.meta.dirname, '../../test/fixtures')
const ADDRESSES = ['ip.src', 'ipv6.src', 'tcp.srcport', 'ip.dst', 'ipv6.dst', 'tcp.dstport']

const lines = ['tls', 'ssh'].flatMap((kind) =>
  readdirSync(join(FIXTURES, kind))
    .filter((name) => name.endsWith('.pcap'))
    .sort()
    .flatMap((name) => {
      const file = `${kind}/${name}`
      return [...hellosOf(file), ...sshOf(file)]
    }),
)
writeFileSync(
  join(FIXTURES, 'expected.jsonl'),
  lines.map((line) => `${JSON.stringify(line)}\n`).join(''),
)

type Line = Readonly<Record<string, unknown>>

function hellosOf(file: string): Line[] {
  const ordinals = new Map<string, number>()
  return tshark(file, 'tls.handshake.type == 1', [
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
    const fields = {
      legacyVersion,
      supportedVersions,
      ciphers: numbers(row, 'tls.handshake.ciphersuite'),
      extensions: numbers(row, 'tls.handshake.extension.type'),
      signatureAlgorithms: signatureAlgorithms(row),
      alpn: alpn[0] === undefined ? undefined : Buffer.from(alpn[0], 'latin1'),
    }
    return {
      file,
      kind: 'tls',
      stream,
      ordinal,
      ja3: one(row, 'tls.handshake.ja3_full'),
      ja3Hash: one(row, 'tls.handshake.ja3'),
      ja4: ja4(fields),
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
function sshOf(file: string): Line[] {
  const connections = new Map<string, Record<string, unknown>>()
  const filter = 'ssh.protocol || ssh.kex.hassh || ssh.kex.hasshserver'
  const fields = ['ssh.protocol', 'ssh.kex.hassh', 'ssh.kex.hasshserver']
  for (const row of tshark(file, filter, fields)) {
    const fromServer = one(row, 'tcp.srcport') === '22'
    const stream = fromServer ? streamOf(row, 'reversed') : streamOf(row)
    const line = connections.get(stream) ?? emptySsh(file, stream)
    connections.set(stream, line)
    line[fromServer ? 'sshServer' : 'sshClient'] ??= one(row, 'ssh.protocol')
    line['hassh'] ??= one(row, 'ssh.kex.hassh')
    line['hasshServer'] ??= one(row, 'ssh.kex.hasshserver')
  }
  return [...connections.values()]
}

function emptySsh(file: string, stream: string): Record<string, unknown> {
  const nothingYet = { hassh: null, hasshServer: null, sshClient: null, sshServer: null }
  return { file, kind: 'ssh', stream, ...nothingYet }
}

type Row = ReadonlyMap<string, readonly string[]>

function tshark(file: string, filter: string, fields: readonly string[]): Row[] {
  const names = [...ADDRESSES, ...fields]
  const form = ['-T', 'fields', '-E', 'occurrence=a', '-E', 'aggregator=|', '-E', 'separator=/t']
  const ports = ['-d', 'tcp.port==8443,tls']
  const columns = names.flatMap((name) => ['-e', name])
  const output = execFileSync(
    'tshark',
    ['-r', join(FIXTURES, file), ...ports, '-Y', filter, ...form, ...columns],
    { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] },
  )
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
