/**
 * A broker as tests want it, until standard input ends: says in one line of JSON where it serves, or why
 * there is none. Compaction is as quick as a broker can be made to be.
 */
import { execFileSync } from 'node:child_process'
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { startBroker } from '../../scripts/kafka/broker.ts'
import { freePort } from './free-port.ts'
import { temporaryFolder } from './programs.ts'

const FETCH = join(import.meta.dirname, '../../scripts/kafka/fetch.sh')
const USER = 'vestibule'
const PASSWORD = 'not-secret'

const say = (line: object): void => {
  process.stdout.write(`${JSON.stringify(line)}\n`)
}

function certificate(folder: string): { keyStore: string; ca: string } {
  mkdirSync(folder, { recursive: true })
  const [key, ca, keyStore] = ['key.pem', 'ca.pem', 'store.pem'].map((name) => join(folder, name))
  if (key === undefined || ca === undefined || keyStore === undefined) throw new Error('no names')
  execFileSync(
    'openssl',
    [
      ...['req', '-x509', '-newkey', 'rsa:2048', '-nodes', '-keyout', key, '-out', ca],
      ...['-days', '2', '-subj', '/CN=localhost', '-addext', 'subjectAltName=IP:127.0.0.1'],
    ],
    { stdio: 'pipe' },
  )
  writeFileSync(keyStore, readFileSync(key, 'utf8') + readFileSync(ca, 'utf8'))
  return { keyStore, ca }
}

function fetched(): boolean {
  try {
    execFileSync(FETCH, { stdio: 'pipe' })
    return true
  } catch (error) {
    const said = error instanceof Error && 'stderr' in error ? String(error.stderr).trim() : ''
    say({ absent: said })
    return false
  }
}

if (fetched()) {
  const folder = temporaryFolder('kafka')
  const { keyStore, ca } = certificate(join(folder.path, 'tls'))
  const secure = await freePort()
  const broker = await startBroker({
    folder: folder.path,
    ports: { plain: await freePort(), controller: await freePort(), secure },
    security: { keyStore, user: USER, password: PASSWORD },
    properties: {
      'log.cleaner.backoff.ms': '100',
      'log.cleaner.dedupe.buffer.size': '16777216',
      'log.segment.delete.delay.ms': '1000',
      'group.min.session.timeout.ms': '1000',
    },
  })
  say({
    version: broker.version,
    brokers: broker.brokers,
    secure: { brokers: `127.0.0.1:${secure}`, ca, user: USER, password: PASSWORD },
  })
  await new Promise((resolve) => process.stdin.resume().once('end', resolve).once('close', resolve))
  await broker.end('SIGKILL')
  folder.remove()
  process.exit(0)
}
