import { connect } from 'node:net'
import { connect as connectTls } from 'node:tls'
import { browserHelloBytes } from '../browser-hello.ts'

/** One connection from its begin to its end: milliseconds, or undefined when it failed. */
export type OneConnection = (port: number, from: string) => Promise<number | undefined>

const LATE_MS = 10_000
let made = 0

/** A raw hello of its own through the passthrough tier, to the first byte that comes back. */
export const rawHello: OneConnection = (port, from) => {
  made += 1
  const hello = HELLO.slice()
  // The client random, behind record (5), message (4) and version (2).
  new DataView(hello.buffer).setUint32(11, made)
  new DataView(hello.buffer).setUint32(15, Math.imul(made, 2_654_435_761) >>> 0)
  const startedAt = performance.now()
  return new Promise((resolve) => {
    const socket = connect({ port, host: '127.0.0.1', localAddress: from, noDelay: true })
    let ms: number | undefined
    socket.setTimeout(LATE_MS, () => socket.destroy())
    socket.once('connect', () => socket.write(hello))
    socket.once('data', () => {
      ms = performance.now() - startedAt
      socket.destroy()
    })
    socket.on('error', () => socket.destroy())
    socket.once('close', () => {
      resolve(ms)
    })
  })
}

/** A PROXY header, a full TLS handshake, a request, to the first byte of its answer. */
export const fullHandshake: OneConnection = (port, from) => {
  made += 1
  const startedAt = performance.now()
  return new Promise((resolve) => {
    const socket = connect({ port, host: '127.0.0.1', noDelay: true })
    let ms: number | undefined
    socket.setTimeout(LATE_MS, () => socket.destroy())
    socket.on('error', () => socket.destroy())
    socket.once('close', () => {
      resolve(ms)
    })
    socket.once('connect', () => {
      socket.write(proxyHeader(from, 1_024 + (made % 60_000)))
      const tls = connectTls({ socket, servername: 'localhost', rejectUnauthorized: false })
      tls.on('error', () => socket.destroy())
      tls.once('secureConnect', () => tls.write(REQUEST))
      tls.once('data', () => {
        ms = performance.now() - startedAt
        tls.destroy()
        socket.destroy()
      })
    })
  })
}

const HELLO = recordOf(browserHelloBytes())
const REQUEST = `GET / HTTP/1.1\r\nHost: localhost\r\nX-Pad: ${'x'.repeat(240)}\r\n\r\n`

function recordOf(message: Uint8Array): Uint8Array {
  const head = [0x16, 3, 1, message.length >> 8, message.length & 0xff]
  return Uint8Array.from([...head, ...message])
}

const V2 = [0x0d, 0x0a, 0x0d, 0x0a, 0x00, 0x0d, 0x0a, 0x51, 0x55, 0x49, 0x54, 0x0a]
const UNIQUE_ID = [...Buffer.from('-')]

/** PROXY protocol, version 2: TCP over IPv4, with a unique id as the front tier sends it. */
function proxyHeader(from: string, port: number): Uint8Array {
  const addresses = [...from.split('.').map(Number), 127, 0, 0, 1, port >> 8, port & 255, 1, 187]
  const tlv = [0x05, 0, UNIQUE_ID.length, ...UNIQUE_ID]
  const length = addresses.length + tlv.length
  return Uint8Array.from([...V2, 0x21, 0x11, length >> 8, length & 255, ...addresses, ...tlv])
}
