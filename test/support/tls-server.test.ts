import { describe, expect, test } from '@jest/globals'
import { readFileSync } from 'node:fs'
import { connect, type ConnectionOptions, type TLSSocket } from 'node:tls'
import { isListening } from './free-port.ts'
import { hasPrograms } from './programs.ts'
import { startTlsServer } from './tls-server.ts'

const testWhenPresent = hasPrograms('openssl') ? test : test.skip

function handshake(options: ConnectionOptions): Promise<TLSSocket> {
  return new Promise((resolve, reject) => {
    const socket = connect(options, () => {
      resolve(socket)
    }).once('error', reject)
  })
}

describe('a throw-away TLS server', () => {
  testWhenPresent('speaks TLS 1.3 under a certificate a client can trust', async () => {
    const server = await startTlsServer()
    const ca = readFileSync(server.certificatePath)
    const socket = await handshake({ host: server.address, port: server.port, ca })
    expect([socket.getProtocol(), socket.authorized]).toEqual(['TLSv1.3', true])
    socket.destroy()
    await server.stop()
  })

  testWhenPresent('speaks the version and group it is told to', async () => {
    const server = await startTlsServer({ maxVersion: 'TLSv1.2', groups: 'P-384' })
    const ca = readFileSync(server.certificatePath)
    const socket = await handshake({ host: server.address, port: server.port, ca })
    expect(socket.getProtocol()).toBe('TLSv1.2')
    expect(socket.getEphemeralKeyInfo()).toMatchObject({ name: 'secp384r1' })
    socket.destroy()
    await server.stop()
  })

  testWhenPresent('stops while a connection is open', async () => {
    const server = await startTlsServer()
    const ca = readFileSync(server.certificatePath)
    const socket = await handshake({ host: server.address, port: server.port, ca })
    const closed = new Promise((resolve) => socket.once('close', resolve).on('error', () => null))
    await server.stop()
    await closed
    expect(await isListening(server.port)).toBe(false)
  })
})
