import { execFileSync } from 'node:child_process'
import { readFileSync, writeFileSync } from 'node:fs'
import { createSecureServer, type Http2SecureServer } from 'node:http2'
import type { Socket } from 'node:net'
import { join } from 'node:path'
import type { SecureVersion } from 'node:tls'
import { temporaryFolder } from './programs.ts'

/** How a throw-away TLS server differs from the usual: TLS 1.2 and 1.3, h2 and http/1.1, any client certificate ignored. */
export interface TlsServerOptions {
  readonly address?: string
  readonly port?: number
  readonly minVersion?: SecureVersion
  readonly maxVersion?: SecureVersion
  /** Groups the server takes, colon separated; one the client has no key share for makes it answer HelloRetryRequest. */
  readonly groups?: string
  /** Asks for a client certificate, and goes on without one. */
  readonly requestCertificate?: boolean
  /** Names and addresses in the certificate; default localhost and 127.0.0.1. */
  readonly names?: readonly string[]
  /** Bytes of each answer's body. */
  readonly bodyBytes?: number
}

/** A running TLS server of our own. */
export interface TlsServer {
  readonly address: string
  readonly port: number
  /** PEM of both self-signed certificates, P-256 and RSA: what a client must trust. */
  readonly certificatePath: string
  readonly stop: () => Promise<void>
}

const DEFAULT_NAMES = ['DNS:localhost', 'IP:127.0.0.1']

/**
 * Starts an HTTPS server inside this process, on a free loopback port unless told otherwise, with P-256 and RSA keys made now
 * and thrown away at stop(). Answers 200 to every request. Throws when the port is taken or openssl is absent.
 */
export async function startTlsServer(options: TlsServerOptions = {}): Promise<TlsServer> {
  const folder = temporaryFolder('tls')
  const names = options.names ?? DEFAULT_NAMES
  const p256 = makeCertificate(folder.path, names, ['ec', 'ec_paramgen_curve:P-256'])
  const rsa = makeCertificate(folder.path, names, ['rsa', 'rsa_keygen_bits:2048'])
  const certificates = [readFileSync(p256.certificatePath), readFileSync(rsa.certificatePath)]
  const certificatePath = join(folder.path, 'trust.pem')
  writeFileSync(certificatePath, Buffer.concat(certificates))
  const server = createSecureServer({
    allowHTTP1: true,
    cert: certificates,
    key: [readFileSync(p256.keyPath), readFileSync(rsa.keyPath)],
    minVersion: options.minVersion ?? 'TLSv1.2',
    maxVersion: options.maxVersion ?? 'TLSv1.3',
    ecdhCurve: options.groups ?? 'auto',
    requestCert: options.requestCertificate ?? false,
    rejectUnauthorized: false,
  })
  const body = 'x'.repeat(options.bodyBytes ?? 16)
  server.on('request', (_request, response) => {
    response.writeHead(200, { 'content-type': 'text/plain' })
    response.end(body)
  })
  const sockets = followSockets(server)
  const address = options.address ?? '127.0.0.1'
  const port = await listen(server, address, options.port ?? 0)
  const stop = (): Promise<void> =>
    new Promise((resolve) => {
      server.close(() => {
        folder.remove()
        resolve()
      })
      for (const socket of sockets) socket.destroy()
    })
  return { address, port, certificatePath, stop }
}

interface KeyPair {
  readonly keyPath: string
  readonly certificatePath: string
}

function makeCertificate(
  folder: string,
  names: readonly string[],
  [algorithm, parameter]: readonly [string, string],
): KeyPair {
  const keyPath = join(folder, `${algorithm}.key`)
  const certificatePath = join(folder, `${algorithm}.pem`)
  const subject = ['-subj', '/CN=vestibule-test', '-addext', `subjectAltName=${names.join(',')}`]
  const key = ['-newkey', algorithm, '-pkeyopt', parameter, '-nodes', '-keyout', keyPath]
  const certificate = ['req', '-x509', '-sha256', '-days', '2', ...subject, ...key]
  execFileSync('openssl', [...certificate, '-out', certificatePath], { stdio: 'pipe' })
  return { keyPath, certificatePath }
}

/** Scanners leave half-open and broken connections behind: all are remembered, so that stop() can end them. */
function followSockets(server: Http2SecureServer): Set<Socket> {
  const sockets = new Set<Socket>()
  const follow = (socket: Socket): void => {
    sockets.add(socket)
    socket.on('error', () => socket.destroy())
    socket.once('close', () => sockets.delete(socket))
  }
  server.on('connection', follow)
  // A finished handshake moves the connection to another object: destroying the first one no longer ends it.
  server.on('secureConnection', follow)
  server.on('sessionError', () => undefined)
  server.on('tlsClientError', () => undefined)
  return sockets
}

function listen(server: Http2SecureServer, address: string, port: number): Promise<number> {
  return new Promise((resolve, reject) => {
    server.once('error', reject)
    server.listen(port, address, () => {
      const bound = server.address()
      resolve(typeof bound === 'object' && bound !== null ? bound.port : port)
    })
  })
}
