import { describe, expect, test } from '@jest/globals'
import fc from 'fast-check'
import { formatEventLine, parseEventLine } from '../../../lib/codec/event-line.ts'
import { sshConnection, T0, tlsHello } from '../../processors/records.ts'

describe('event NDJSON', () => {
  test('comes back as it was, with bytes as hex and addresses as text on the way', () => {
    const record = tlsHello('192.0.2.1', T0)
    const line = formatEventLine({ type: 'TlsHello', record })
    expect(line).toContain('"clientAddress":"192.0.2.1"')
    expect(line).toContain(`"random":"${Buffer.from(record.random).toString('hex')}"`)
    const back = parseEventLine(line)
    expect(back === undefined ? '' : formatEventLine(back)).toBe(line)
  })

  test('refuses what breaks its schema', () => {
    const record = { ...sshConnection('192.0.2.1', T0), observedAt: 'soon' }
    expect(parseEventLine(JSON.stringify({ type: 'SshConnection', record }))).toBeUndefined()
    expect(parseEventLine('{"type":"Nothing","record":{}}')).toBeUndefined()
  })

  test('never throws on a line', () => {
    fc.assert(
      fc.property(fc.oneof(fc.string(), fc.json()), (line) => {
        parseEventLine(line)
        parseEventLine(`{"type":"TlsHello","record":${line}}`)
      }),
    )
  })
})
