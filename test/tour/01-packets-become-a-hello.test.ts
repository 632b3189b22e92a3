import { expect, test } from '@jest/globals'
import { join } from 'node:path'
import { readCaptureFile } from '../../io/capture/read-capture-file.ts'
import { addressText } from '../../lib/client-entity.ts'
import { createObserver } from '../../producers/observe.ts'

/**
 * The tour is the manual, executed. Read the chapters in order; what a comment claims, the lines under it
 * check, with the modules that run in production. Fixtures are recordings of real programs, each with a
 * page that says how it was made.
 *
 * Chapter 1. A sensor is given packets, never connections: what a mirror port copies. The observer
 * (producers/observe.ts) puts TCP streams together, finds TLS and SSH by their first bytes whatever the
 * port, and says what it saw as records. It reads no clock: time comes with the packets, so a file and a
 * wire are the same to it.
 */
const CAPTURE = join(import.meta.dirname, '../fixtures/tls/curl-openssl.pcap')

test('one curl request is two records: what the client said, and how the handshake ended', async () => {
  const observer = createObserver({ sensor: 'tap-1', site: 'here', source: 'tap' })
  let frames = 0
  let lastAt = 0
  for await (const item of readCaptureFile(CAPTURE)) {
    // A file that is cut or is no capture gives an item of kind `fault`: bad input is a value.
    if (item.kind !== 'frames') continue
    for (const frame of item.frames) observer.packet(frame)
    frames += item.frames.length
    lastAt = item.frames.at(-1)?.capturedAt ?? lastAt
  }
  observer.end(lastAt)
  expect(frames).toBe(21)

  const [hello, handshake, ...more] = observer.take()
  expect(more).toEqual([])
  if (hello?.type !== 'TlsHello' || handshake?.type !== 'TlsHandshake') throw new Error('no hello')

  // The hello is told the moment its last byte is seen, long before it is known how it ends.
  expect(addressText(hello.record.clientAddress)).toBe('10.77.0.11')
  expect(hello.record.sni).toBe('www.vestibule.test')
  expect(hello.record.alpn).toEqual(['h2', 'http/1.1'])
  expect(hello.record.ja3Hash).toBe('0149f47eabf9a20d0893e2a44e5a6323')
  expect(hello.record.ja4).toBe('t13d3112h2_e8f1e7e78f70_b26ce05bbdd6')
  // JA4 counts padding, tickets and PSKs, which come and go with resumption; the stable key leaves them
  // out, so that a client who resumes is not taken for another one. Scores are kept by this one.
  expect(hello.record.stableKey).toBe('t13d3111h2_e8f1e7e78f70_375ca2c5e164')
  // The client acknowledged what the server sent: it really is at this address (chapter 5).
  expect(hello.record.handshakeProven).toBe(true)

  expect(handshake.record).toMatchObject({ result: 'finished', serverVersion: 0x0304 })
  // Both carry the hash of address, port and client random, which joins whatever is said of a connection.
  expect(handshake.record.connectionId).toEqual(hello.record.connectionId)
  expect(observer.counters.observed).toMatchObject({ hellos: 1, recordsDropped: 0 })
})
