import { parseAddress } from '../../lib/client-entity.ts'

/** Where a message says the client is; port 0 where it names none. */
export interface Peer {
  readonly address: Uint8Array
  readonly port: number
}

/** What one message of sshd says of an attempt or of a connection's end. */
export type SshdMessage =
  | {
      /** `exceeded`: put out after MaxAuthTries failures, of which others lines may have told, or none. */
      readonly kind: 'failed' | 'accepted' | 'exceeded'
      readonly peer: Peer
      readonly user: string
      readonly userExists: boolean
      readonly method: string
      readonly keyFingerprint: string | null
      readonly times: number
    }
  | { readonly kind: 'invalid-user'; readonly peer: Peer; readonly user: string }
  /** A key of a kind that is not taken; of whom, other lines of its process say. */
  | { readonly kind: 'key-refused' }
  /** The connection ended; `early` = before authentication. */
  | { readonly kind: 'closed'; readonly peer: Peer; readonly early: boolean }

const PREAUTH = ' [preauth]'
const MOST_REPEATS = 1_000
/** sshd_config(5), MaxAuthTries: what a log is not told. */
const DEFAULT_MAX_AUTH_TRIES = 6

/**
 * Reads a message of OpenSSH's sshd (auth.c auth_log, packet.c, sshd.c; 5.x to 10.x). A user name may
 * hold anything, " from 192.0.2.1 port 22 ssh2" included: what follows it is read from the right end,
 * and the address must be exactly where sshd writes it. Undefined for all other messages.
 */
export function parseSshdMessage(message: string): SshdMessage | undefined {
  const repeated = /^message repeated (\d{1,6}) times: \[ ?/.exec(message)
  if (repeated !== null) {
    if (!message.endsWith(']')) return undefined
    const inner = parseSshdMessage(message.slice(repeated[0].length, -1))
    if (inner?.kind !== 'failed' && inner?.kind !== 'accepted') return inner
    return { ...inner, times: Math.min(MOST_REPEATS, Number(repeated[1])) }
  }
  const early = message.endsWith(PREAUTH)
  const text = (early ? message.slice(0, -PREAUTH.length) : message).replace(/^error: /, '')
  if (early && text.startsWith('userauth_pubkey: ')) return { kind: 'key-refused' }
  return (
    parseAttempt(text) ?? parseExceeded(text) ?? parseInvalidUser(text) ?? parseEnd(text, early)
  )
}

/** `Failed|Accepted METHOD for [invalid user ]USER from ADDRESS port N ssh2[: KEY FINGERPRINT]` */
function parseAttempt(text: string): SshdMessage | undefined {
  const head = /^(Failed|Accepted) ([a-z][a-z/-]{1,40}) for (invalid user )?/.exec(text)
  if (head === null) return undefined
  const rest = text.slice(head[0].length)
  const end = head[1] === 'Accepted' ? endOfAccepted(rest) : endOfFailed(rest)
  const peer = peerOf(end?.address, end?.port)
  if (end === undefined || peer === undefined) return undefined
  return {
    kind: head[1] === 'Accepted' ? 'accepted' : 'failed',
    peer,
    user: rest.slice(0, end.at),
    userExists: head[3] === undefined,
    method: head[2] ?? 'unknown',
    keyFingerprint: end.keyFingerprint,
    times: 1,
  }
}

const EXCEEDED = /^maximum authentication attempts exceeded for (invalid user )?/

/** `maximum authentication attempts exceeded for [invalid user ]USER from ADDRESS port N ssh2` */
function parseExceeded(text: string): SshdMessage | undefined {
  const head = EXCEEDED.exec(text)
  if (head === null) return undefined
  const rest = text.slice(head[0].length)
  const place = [...rest.matchAll(PLACE)].at(-1)
  const peer = peerOf(place?.[1], place?.[2])
  if (place === undefined || peer === undefined) return undefined
  if (place.index + place[0].length !== rest.length) return undefined
  return {
    kind: 'exceeded',
    peer,
    user: rest.slice(0, place.index),
    userExists: head[1] === undefined,
    method: 'unknown',
    keyFingerprint: null,
    times: DEFAULT_MAX_AUTH_TRIES,
  }
}

/** Where the user name ends, and what follows it. */
interface End {
  readonly at: number
  readonly address: string | undefined
  readonly port: string | undefined
  readonly keyFingerprint: string | null
}

const PLACE = / from (\S{2,45}) port (\d{1,5}) ssh2(?=$|: )/g
/** `ED25519 SHA256:...`, and of a certificate also `ED25519-CERT SHA256:... ID name (serial 7) CA RSA SHA256:...`. */
const KEY = /^: [A-Z][A-Z\d-]{1,29} (\S{1,100}?),?(?:$| )/

/**
 * Who was let in has an account, and its name no spaces: the first place is the one. What follows may be a key, a
 * certificate whose id the CA chose, a Kerberos principal or a host based client.
 */
function endOfAccepted(rest: string): End | undefined {
  const name = rest.indexOf(' ')
  const [first] = rest.matchAll(PLACE)
  return first?.index === name ? endAt(rest, first) : endOfFailed(rest)
}

/** A name may hold a place, and so may a certificate's id, for anybody can make one: where they disagree nothing is believed. */
function endOfFailed(rest: string): End | undefined {
  const places = [...rest.matchAll(PLACE)]
  const last = places.at(-1)
  if (last === undefined) return undefined
  const isLast = last.index + last[0].length === rest.length
  if (places.length > 1 && !isLast && !hasPlainKey(rest, last)) return undefined
  return endAt(rest, last)
}

/** A key and nothing else ends the text: nothing behind the place is the client's choice. */
function hasPlainKey(rest: string, place: RegExpExecArray): boolean {
  return /^: [A-Z][A-Z\d-]{1,29} \S{1,100}$/.test(rest.slice(place.index + place[0].length))
}

function endAt(rest: string, place: RegExpExecArray): End {
  const key = KEY.exec(rest.slice(place.index + place[0].length))
  const keyFingerprint = key?.[1] ?? null
  return { at: place.index, address: place[1], port: place[2], keyFingerprint }
}

/** `Invalid user USER from ADDRESS[ port N]` */
function parseInvalidUser(text: string): SshdMessage | undefined {
  const head = 'Invalid user '
  const at = text.lastIndexOf(' from ')
  if (!text.startsWith(head) || at < head.length - 1) return undefined
  const tail = /^(\S{2,45})(?: port (\d{1,5}))?$/.exec(text.slice(at + ' from '.length))
  const peer = peerOf(tail?.[1], tail?.[2])
  if (peer === undefined) return undefined
  return { kind: 'invalid-user', peer, user: text.slice(head.length, at) }
}

/** Messages whose address comes first, before anything the client may have written. */
const FROM_LEFT =
  /^(?:Received disconnect from|Unable to negotiate with|banner exchange: Connection from|Did not receive identification string from|ssh_dispatch_run_fatal: Connection from) ([\d.]{7,15}|[\da-fA-F:.]{2,45}?)(?: port (\d{1,5}))?(?:$|[: ])/
/** Messages that end in the address, with a user name before it in newer versions. */
const FROM_RIGHT =
  /^(?:Connection (?:closed|reset) by|Disconnected from|Timeout before authentication for|Bad protocol version identification)(?: |$)/

function parseEnd(text: string, early: boolean): SshdMessage | undefined {
  const left = FROM_LEFT.exec(text)
  if (left !== null) {
    const peer = peerOf(left[1], left[2])
    const before = early || !text.startsWith('Received disconnect')
    return peer === undefined ? undefined : { kind: 'closed', peer, early: before }
  }
  if (!FROM_RIGHT.test(text)) return undefined
  const words = text.slice(-64).split(' ')
  const named = words.at(-2) === 'port'
  const peer = named ? peerOf(words.at(-3), words.at(-1)) : peerOf(words.at(-1), undefined)
  if (peer === undefined) return undefined
  const before = early || text.startsWith('Bad') || text.startsWith('Timeout')
  return { kind: 'closed', peer, early: before }
}

function peerOf(host: string | undefined, port: string | undefined): Peer | undefined {
  const address = host === undefined ? undefined : parseAddress(host)
  const number = Number(port ?? '0')
  const isPort = /^\d{1,5}$/.test(port ?? '0') && number <= 65_535
  return address === undefined || !isPort ? undefined : { address, port: number }
}
