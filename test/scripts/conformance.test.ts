import { describe, expect, test } from '@jest/globals'
import {
  type InspectLine,
  type SshLine,
  type TlsLine,
} from '../../producers/inspect/inspect-line.ts'
import { compareFile, parseEntry } from '../../scripts/conformance/compare.ts'

const TLS: TlsLine = {
  kind: 'tls',
  stream: '192.0.2.1:40000-192.0.2.2:443',
  time: '',
  ordinal: 0,
  answersRetry: false,
  ja3: '771,1,2,3,0',
  ja3Hash: 'aa',
  ja4: 't13d',
  stableKey: null,
  sni: 'a.test',
  alpn: ['h2'],
  version: '0x0303',
  supportedVersions: [],
  proxied: false,
  tunnel: null,
  segments: 1,
  handshakeProven: true,
}
const SSH: SshLine = {
  kind: 'ssh',
  stream: '192.0.2.1:40001-192.0.2.2:22',
  time: '',
  stage: 'kexinit',
  sshClient: 'SSH-2.0-c',
  sshServer: null,
  hassh: 'cc',
  hasshServer: null,
  kex: null,
  hostKey: null,
  cipher: null,
  strictKex: null,
  authSuccess: null,
  authAttempts: null,
  authConfidence: null,
  tunnel: null,
  handshakeProven: true,
}

function compare(
  expected: readonly object[],
  lines: readonly InspectLine[],
): Record<string, string> {
  const entry = parseEntry(JSON.stringify({ file: 'x.pcap', expected }))
  return Object.fromEntries(
    [...compareFile(entry, lines).fields].map(([field, { matched, expected: all, wrong }]) => [
      field,
      `${matched}/${all} ${wrong}`,
    ]),
  )
}

describe('conformance', () => {
  test('counts matches and misses per field', () => {
    const { stream } = TLS
    const wanted = [
      { stream, kind: 'tls', ja4: 't13d', sni: 'A.test', alpn: ['h2'], ja3_hash: 'bb' },
    ]
    expect(compare(wanted, [TLS])).toEqual({
      ja3_hash: '0/1 1',
      ja4: '1/1 0',
      sni: '1/1 0',
      alpn: '1/1 0',
    })
  })

  test('takes values as a multiset per stream', () => {
    const { stream } = TLS
    const two = [{ ...TLS, ja4: 'second' }, TLS]
    expect(
      compare(
        [
          { stream, ja4: 't13d' },
          { stream, ja4: 'second' },
        ],
        two,
      ),
    ).toEqual({ ja4: '2/2 0' })
    expect(compare([{ stream, ja4: 't13d' }], two)).toEqual({ ja4: '1/1 1' })
  })

  test('does not call the same value a second time wrong', () => {
    expect(compare([{ stream: TLS.stream, ja4: 't13d' }], [TLS, TLS])).toEqual({ ja4: '1/1 0' })
  })

  test('looks for an entry without stream in the whole file', () => {
    expect(compare([{ kind: 'ssh', hassh: 'cc' }], [TLS, SSH])).toEqual({ hassh: '1/1 0' })
  })

  test('does not hold values of other streams against anything', () => {
    expect(compare([{ stream: 'elsewhere', ja4: 'x' }], [TLS])).toEqual({ ja4: '0/1 0' })
  })
})
