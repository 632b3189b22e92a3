import { describe, expect, test } from '@jest/globals'
import fc from 'fast-check'
import { isForeign, isShared } from '../../../protocols/packet/flow-share.ts'
import { createPacketDecoder } from '../../../protocols/packet/packet-decoder.ts'
import { type Ends, segmentFrame } from '../../support/packets.ts'

const port = fc.integer({ min: 1, max: 65_535 })
const address = fc
  .tuple(fc.nat(255), fc.nat(255), fc.nat(255), fc.nat(255))
  .map((parts) => parts.join('.'))
const ends = fc.record({ client: address, clientPort: port, server: address, serverPort: port })

function sharesOf(from: 'client' | 'server', of: number, where: Ends): number[] {
  const frame = segmentFrame(from, { flags: 'A', payload: 'x' }, 0, where)
  const decoder = createPacketDecoder()
  expect(decoder.decode(frame)).toBe('tcp')
  return Array.from({ length: of }, (_, index) => index).filter((index) => {
    const share = { index, of }
    const mine = isShared(share, decoder.segment)
    const { bytes, linkType } = frame
    // What the short cut says is never wrong.
    if (isForeign(share, bytes, 0, bytes.length, linkType) && mine) throw new Error('a share lost')
    return mine
  })
}

describe('shares of all connections', () => {
  test('a connection is in exactly one, with both its directions', () => {
    fc.assert(
      fc.property(ends, fc.integer({ min: 1, max: 9 }), (where, of) => {
        const shares = sharesOf('client', of, where)
        expect(shares).toHaveLength(1)
        expect(sharesOf('server', of, where)).toEqual(shares)
      }),
    )
  })

  test('shares are about equally large', () => {
    const counts = [0, 0, 0]
    for (let i = 0; i < 3000; i += 1) {
      const client = `10.0.${i >> 8}.${i & 255}`
      const server = `10.0.${i >> 8}.1`
      const [share = 0] = sharesOf('client', 3, {
        client,
        clientPort: 40_000,
        server,
        serverPort: 443,
      })
      counts[share] = (counts[share] ?? 0) + 1
    }
    for (const count of counts) expect(Math.abs(count - 1000)).toBeLessThan(120)
  })

  test('the short cut knows the usual frame, and says nothing of a cut or fragmented one', () => {
    const { bytes } = segmentFrame('client', { flags: 'A', payload: 'x' }, 0)
    const foreign = (frame: Uint8Array): number =>
      [0, 1].filter((index) => isForeign({ index, of: 2 }, frame, 0, frame.length, 1)).length
    expect(foreign(bytes)).toBe(1)
    expect(foreign(bytes.subarray(0, 14 + 20 + 19))).toBe(0)
    const fragment = Uint8Array.from(bytes)
    fragment[14 + 6] = 0x20
    expect(foreign(fragment)).toBe(0)
  })
})
