import { describe, expect, test } from '@jest/globals'
import fc from 'fast-check'
import {
  formatSyslog,
  octetCounted,
  type SyslogMessage,
} from '../../../protocols/syslog/message.ts'
import { webhookSignature } from '../../../protocols/webhook-signature.ts'

const MESSAGE: SyslogMessage = {
  facility: 10,
  severity: 2,
  atMs: 1_795_305_600_123,
  host: 'bastion',
  app: 'vestibule',
  processId: 4711,
  messageId: 'terminated',
  data: [
    ['entity', 'ip:203.0.113.9#ssh'],
    ['note', 'a "b" \\ c]'],
  ],
  text: 'SSH connection of 203.0.113.9 was terminated',
}

describe('RFC 5424', () => {
  test('a message, field by field', () => {
    expect(formatSyslog(MESSAGE)).toBe(
      '<82>1 2026-11-22T00:00:00.123Z bastion vestibule 4711 terminated ' +
        '[vestibule@32473 entity="ip:203.0.113.9#ssh" note="a \\"b\\" \\\\ c\\]"] ' +
        'SSH connection of 203.0.113.9 was terminated',
    )
  })

  test('its length goes before it on a stream', () => {
    expect(octetCounted('<82>1 x')).toBe('7 <82>1 x')
  })

  test('whatever text it is given: one line of printable ASCII, at most 2,048 bytes, with closed data', () => {
    const text = fc.string({ unit: 'binary', maxLength: 5_000 })
    fc.assert(
      fc.property(text, text, text, (host, value, said) => {
        const line = formatSyslog({ ...MESSAGE, host, data: [['x', value]], text: said })
        expect(line).toMatch(
          /^<82>1 [\x21-\x7e]+ [\x21-\x7e]{1,255} vestibule 4711 terminated \[vestibule@32473 x="(?:[^"\\\]]|\\["\\\]])*"\] [\x20-\x7e]*$/,
        )
        expect(line.length).toBeLessThanOrEqual(2_048)
      }),
    )
  })
})

test('the signature of a webhook is HMAC-SHA256 over the time and the body', () => {
  // printf '1795305600.{"a":1}' | openssl dgst -sha256 -hmac key
  expect(webhookSignature(Buffer.from('key'), 1_795_305_600, '{"a":1}')).toBe(
    't=1795305600,v1=31273b931521bb3089cf46295500fb5e541ec8c18c1a10304277405107912b23',
  )
})
