import { createHash, timingSafeEqual } from 'node:crypto'
import { type IncomingMessage } from 'node:http'
import { ClickHouseException } from './exception.ts'

/** Who may do what. An empty password opens the account to this machine only. */
export interface Account {
  readonly name: string
  readonly password: string
  readonly role: 'read' | 'write'
}

interface Credentials {
  readonly user: string
  readonly password: string
}

const LOOPBACK = /^(?:127\.\d+\.\d+\.\d+|::1|::ffff:127\.\d+\.\d+\.\d+)$/
const LOCAL_HOST = /^(?:localhost|127\.\d+\.\d+\.\d+|\[::1\])(?::\d+)?$/i

/** The account a request may use. Throws 516 when there is none, without saying why. */
export function authenticate(
  request: IncomingMessage,
  url: URLSearchParams,
  accounts: readonly Account[],
): Account {
  const given = credentialsOf(request, url)
  const account = accounts.find(({ name }) => name === given.user)
  const known = sameText(given.password, account?.password ?? given.password)
  if (account === undefined || !known) throw refused(given.user)
  if (account.password === '' && !isLocal(request)) throw refused(given.user)
  return account
}

/** Local by peer and by name: a web page whose name was pointed at this machine is neither. */
function isLocal(request: IncomingMessage): boolean {
  return (
    LOOPBACK.test(request.socket.remoteAddress ?? '') &&
    LOCAL_HOST.test(request.headers.host ?? 'localhost')
  )
}

function credentialsOf(request: IncomingMessage, url: URLSearchParams): Credentials {
  const user = headerOf(request, 'x-clickhouse-user')
  if (user !== undefined) {
    return { user, password: headerOf(request, 'x-clickhouse-key') ?? '' }
  }
  const basic = /^Basic ([A-Za-z0-9+/=]{0,2048})$/i.exec(request.headers.authorization ?? '')?.[1]
  if (basic !== undefined) return basicCredentials(basic)
  return { user: url.get('user') ?? 'default', password: url.get('password') ?? '' }
}

function basicCredentials(encoded: string): Credentials {
  const text = Buffer.from(encoded, 'base64').toString()
  const colon = text.indexOf(':')
  return colon < 0
    ? { user: text, password: '' }
    : { user: text.slice(0, colon), password: text.slice(colon + 1) }
}

function headerOf(request: IncomingMessage, name: string): string | undefined {
  const value = request.headers[name]
  return Array.isArray(value) ? value[0] : value
}

function sameText(a: string, b: string): boolean {
  const digest = (text: string): Buffer => createHash('sha256').update(text).digest()
  return timingSafeEqual(digest(a), digest(b))
}

function refused(user: string): ClickHouseException {
  return new ClickHouseException(
    516,
    'AUTHENTICATION_FAILED',
    `${user.slice(0, 64)}: Authentication failed: password is incorrect, or there is no user with such name.`,
  )
}
