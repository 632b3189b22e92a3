import { describe, expect, test } from '@jest/globals'
import fc from 'fast-check'
import { addressText } from '../../../lib/client-entity.ts'
import { readProxyHeader } from '../../../protocols/proxy-protocol/proxy-header.ts'

const V1 = Buffer.from('PROXY TCP4 192.0.2.44 198.51.100.9 51000 443\r\n')
const SIGNATURE = Buffer.from('0d0a0d0a000d0a515549540a', 'hex')
const V2 = Buffer.concat([
  SIGNATURE,
  Buffer.from([0x21, 0x11, 0, 12, 192, 0, 2, 44, 198, 51, 100, 9, 0xc7, 0x38, 1, 0xbb]),
])

describe('a PROXY header', () => {
  test.each([
    ['1', V1],
    ['2', V2],
  ])('of version %s names the client and its own length', (_, header) => {
    const read = readProxyHeader(Buffer.concat([header, Buffer.from('rest')]))
    if (read.kind !== 'header' || read.source === undefined) throw new Error(read.kind)
    expect(addressText(read.source.address)).toBe('192.0.2.44')
    expect(read.source.port).toBe(51000)
    expect(read.length).toBe(header.length)
  })

  test.each([
    ['1', V1],
    ['2', V2],
  ])('of version %s is incomplete at every proper prefix', (_, header) => {
    for (let length = 1; length < header.length; length += 1) {
      expect(readProxyHeader(header.subarray(0, length)).kind).toBe('incomplete')
    }
  })

  test('of version 2 carries IPv6 and skips what follows the addresses', () => {
    const body = Buffer.alloc(36 + 5)
    Buffer.from('20010db8000000000000000000000007', 'hex').copy(body, 0)
    body.writeUInt16BE(4000, 32)
    const read = readProxyHeader(
      Buffer.concat([SIGNATURE, Buffer.from([0x21, 0x21, 0, body.length]), body]),
    )
    if (read.kind !== 'header' || read.source === undefined) throw new Error(read.kind)
    expect([addressText(read.source.address), read.source.port]).toEqual(['2001:db8::7', 4000])
  })

  test.each([
    ['LOCAL', Buffer.concat([SIGNATURE, Buffer.from([0x20, 0, 0, 0])])],
    ['UNKNOWN', Buffer.from('PROXY UNKNOWN\r\n')],
  ])('%s names nobody', (_, header) => {
    expect(readProxyHeader(header)).toEqual({
      kind: 'header',
      length: header.length,
      source: undefined,
    })
  })

  test.each([
    ['endless', Buffer.from(`PROXY TCP4 ${'1'.repeat(200)}`)],
    ['without CR', Buffer.from('PROXY UNKNOWN\n')],
    ['no address', Buffer.from('PROXY TCP4 example.test 1.2.3.4 1 2\r\n')],
    ['a port too high', Buffer.from('PROXY TCP4 192.0.2.1 192.0.2.2 70000 2\r\n')],
    ['version 3', Buffer.concat([SIGNATURE, Buffer.from([0x31, 0x11, 0, 12])])],
    ['64 KiB long', Buffer.concat([SIGNATURE, Buffer.from([0x21, 0x11, 0xff, 0xff])])],
  ])('that is %s is malformed', (_, bytes) => {
    expect(readProxyHeader(bytes).kind).toBe('malformed')
  })

  test('is not seen in other bytes, and no bytes make it throw', () => {
    expect(readProxyHeader(Buffer.from('POST / HTTP/1.1\r\n')).kind).toBe('none')
    fc.assert(
      fc.property(fc.uint8Array(), fc.constantFrom(V1, V2, Buffer.alloc(0)), (noise, start) => {
        readProxyHeader(Buffer.concat([start.subarray(0, 13), noise]))
      }),
    )
  })
})
