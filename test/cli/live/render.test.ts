import { describe, expect, test } from '@jest/globals'
import { liveClients } from '../../../cli/live/clients.ts'
import { clientJson, clientLine, renderTable } from '../../../cli/live/render.ts'
import { parseAddress } from '../../../lib/client-entity.ts'
import { exampleRecord } from '../../support/example-record.ts'

const hello = (address: string, ja4: string) =>
  ({
    type: 'TlsHello',
    record: exampleRecord('TlsHello', {
      clientAddress: parseAddress(address) ?? new Uint8Array(16),
      ja4,
      stableKey: ja4,
    }),
  }) as const

describe('live table', () => {
  test('shows a client with its fingerprint, score, decision and why', () => {
    const clients = liveClients()
    const client = clients.take(hello('192.0.2.7', 't13d1516h2_8daaf6152771_e5627efa2ab1'))
    if (client === undefined) throw new Error('a hello makes a line')
    client.answer = { verdict: 'mitigation', shadow: true, value: 0.934, why: 'many fingerprints' }
    expect(clientLine(client, 200)).toBe(
      '192.0.2.7                t13d1516h2_8daaf6152771_e5627efa2ab1   1      tls 0.93   (shadow) mitigation    many fingerprints',
    )
  })

  test('is JSON for machines, with what it does not know yet as null', () => {
    const clients = liveClients()
    const client = clients.take(hello('192.0.2.7', 't13d'))
    if (client === undefined) throw new Error('a hello makes a line')
    const known = { client: '192.0.2.7', protocol: 'tls', speaks: 't13d', seen: 1, band: null }
    expect(JSON.parse(clientJson(client))).toMatchObject({ ...known, score: null, decision: null })
    client.answer = { verdict: 'mitigation', shadow: true, value: 0.934, why: 'many fingerprints' }
    expect(JSON.parse(clientJson(client))).toMatchObject({
      ...known,
      ...{ score: 0.934, decision: 'mitigation', shadow: true, why: 'many fingerprints' },
    })
  })

  test('puts the most suspicious client first and keeps to the window', () => {
    const clients = liveClients()
    clients.take(hello('192.0.2.1', 'a'))
    const second = clients.take(hello('192.0.2.2', 'b'))
    clients.take({
      type: 'Score',
      record: exampleRecord('Score', {
        kind: 'ip',
        protocol: 'tls',
        entity: 'ip:192.0.2.2#tls',
        value: 0.9,
      }),
    })
    expect(second?.score?.value).toBe(0.9)
    const lines = renderTable(clients.all(), 1, 60, false)
    expect(lines.map((line) => line.split(' ')[0])).toEqual(['CLIENT', '192.0.2.2'])
    expect(Math.max(...lines.map(({ length }) => length))).toBeLessThanOrEqual(60)
  })

  test('escapes what a client says, so that it cannot write on the terminal', () => {
    const clients = liveClients()
    const client = clients.take({
      type: 'SshConnection',
      record: exampleRecord('SshConnection', { clientIdentification: 'SSH-2.0-\u001b[2J\u009b1m' }),
    })
    if (client === undefined) throw new Error('a connection makes a line')
    expect(clientLine(client, 300)).toContain('SSH-2.0-\\x1b[2J\\x9b1m')
  })

  test('is bounded', () => {
    const clients = liveClients(10)
    for (let n = 0; n < 100; n += 1) clients.take(hello(`192.0.2.${n}`, 'a'))
    expect(clients.all()).toHaveLength(10)
  })
})
