import { toBase64Url } from '../../protocols/challenge/base64url.ts'
import { fixed } from './inputs.ts'

interface MessageVectors {
  /** Bodies that must be understood, one per line of JSON. */
  readonly client: readonly string[]
  readonly gate: readonly string[]
  /** Bodies that must be refused, and why. */
  readonly badClient: readonly { readonly why: string; readonly body: string }[]
  readonly badGate: readonly { readonly why: string; readonly body: string }[]
}

const B32 = toBase64Url(fixed('nonce'))
const SEALED = toBase64Url(Buffer.alloc(112, 5))

const HELLO = {
  type: 'hello',
  v: 1,
  client: 'vestibule/0.1.0',
  kinds: ['mac', 'cookie', 'puzzle', 'question', 'totp', 'device'],
  interactive: true,
  consent: 'unasked',
  timestamp: 1_795_347_923_831,
}
const RESPONSE = {
  type: 'response',
  v: 1,
  round: 1,
  nonce: B32,
  token: 'v1.dG9rZW4.AAECAw',
  answers: [
    { kind: 'mac', timestamp: 1_795_347_923_831, tag: B32 },
    { kind: 'cookie', cookie: B32 },
    { kind: 'puzzle', solution: 'AAAAAA' },
    { kind: 'question', id: 'q1', sealed: SEALED },
    { kind: 'totp', sealed: SEALED },
    { kind: 'device', sealed: SEALED, consent: { textDigest: B32, givenAt: 1_795_347_900_000 } },
    { kind: 'refused', step: 'question', reason: 'nobody-to-ask' },
  ],
}
const PUZZLE = { kind: 'puzzle', hash: 'sha256', subPuzzles: 64, target: 2_097_152 }
const QUESTION = {
  kind: 'question',
  id: 'q1',
  text: 'Which house did you grow up in?',
  echo: false,
}
const DEVICE = {
  kind: 'device',
  salt: B32,
  fields: ['machine-id', 'hostname', 'os', 'architecture'],
  text: 'Kept for 90 days.\nWithdraw with: vestibule erase',
}
const CHALLENGE = {
  type: 'challenge',
  v: 1,
  round: 1,
  nonce: B32,
  issuedAt: 1_795_347_923_831,
  expiresAt: 1_795_347_953_831,
  token: 'v1.dG9rZW4.AAECAw',
  steps: [
    { kind: 'mac', enrolment: 'laptop-17' },
    { kind: 'cookie', cookie: B32 },
    PUZZLE,
    QUESTION,
    { kind: 'totp', text: 'Code of your authenticator' },
    DEVICE,
  ],
  notice: 'That was not it: 2 tries left',
}

const challengeOf = (step: object): object => ({ ...CHALLENGE, steps: [step] })

export function messageVectors(): MessageVectors {
  return {
    client: [
      HELLO,
      { ...HELLO, sealedUsername: SEALED, mac: { enrolment: 'laptop-17', tag: B32 } },
      { ...HELLO, later: [1, 2] },
      RESPONSE,
    ].map((message) => JSON.stringify(message)),
    gate: [
      CHALLENGE,
      challengeOf({ ...PUZZLE, subPuzzles: 1, target: 4_294_967_295 }),
      { type: 'result', v: 1, outcome: 'proceed' },
      { type: 'result', v: 1, outcome: 'refused', code: 'R7K2', message: 'no', contact: 'ops' },
    ].map((message) => JSON.stringify(message)),
    badClient: badClient().map(spelled),
    badGate: badGate().map(spelled),
  }
}

function spelled([why, body]: readonly [string, object | string]): {
  readonly why: string
  readonly body: string
} {
  return { why, body: typeof body === 'string' ? body : JSON.stringify(body) }
}

function badClient(): (readonly [string, object | string])[] {
  return [
    ['no JSON', '{'],
    ['an array', '[]'],
    ['no type', {}],
    ['a message of the other side', { type: 'result', v: 1, outcome: 'proceed' }],
    ['another version', { ...HELLO, v: 2 }],
    ['consent that is no word of ours', { ...HELLO, consent: true }],
    ['more than 32 kinds', { ...HELLO, kinds: Array.from({ length: 33 }, () => 'mac') }],
    ['a time before 1970', { ...HELLO, timestamp: -1 }],
    ['a fraction of a millisecond', { ...HELLO, timestamp: 1.5 }],
    ['a name of 65 characters', { ...HELLO, client: 'x'.repeat(65) }],
    ['a line feed in a name', { ...HELLO, client: 'a\nb' }],
    ['a nonce of 31 bytes', { ...RESPONSE, nonce: B32.slice(0, -2) }],
    ['a round too many', { ...RESPONSE, round: 17 }],
    ['no answers', { ...RESPONSE, answers: [] }],
    ['an unknown answer', { ...RESPONSE, answers: [{ kind: 'poem' }] }],
    ['nine answers', { ...RESPONSE, answers: Array(9).fill(RESPONSE.answers[1]) }],
    [
      'a sealed value too long',
      { ...RESPONSE, answers: [{ kind: 'totp', sealed: 'A'.repeat(1_500) }] },
    ],
    ['not base64url', { ...RESPONSE, answers: [{ kind: 'totp', sealed: 'a+b/' }] }],
  ]
}

function badGate(): (readonly [string, object | string])[] {
  return [
    ['no JSON', 'null,'],
    ['a message of the other side', HELLO],
    ['an outcome that is no word of ours', { type: 'result', v: 1, outcome: 'maybe' }],
    ['no steps', { ...CHALLENGE, steps: [] }],
    ['nine steps', { ...CHALLENGE, steps: Array(9).fill(PUZZLE) }],
    ['an unknown step', challengeOf({ kind: 'captcha' })],
    ['a target of 0', challengeOf({ ...PUZZLE, target: 0 })],
    ['a target of 2^32', challengeOf({ ...PUZZLE, target: 4_294_967_296 })],
    ['257 sub-puzzles', challengeOf({ ...PUZZLE, subPuzzles: 257 })],
    ['another hash', challengeOf({ ...PUZZLE, hash: 'md5' })],
    ['an escape sequence in a question', challengeOf({ ...QUESTION, text: 'a\u001b[2Jb' })],
    ['a right-to-left override', challengeOf({ ...QUESTION, text: 'a\u202eb' })],
    ['two lines in a question', challengeOf({ ...QUESTION, text: 'a\nb' })],
    ['an empty question', challengeOf({ ...QUESTION, text: '' })],
    ['a question of 513 characters', challengeOf({ ...QUESTION, text: 'x'.repeat(513) })],
    ['a device field that is not listed', challengeOf({ ...DEVICE, fields: ['home folder'] })],
    ['a token with a line feed', { ...CHALLENGE, token: 'a\nb' }],
    ['a token of 4097 characters', { ...CHALLENGE, token: 'a'.repeat(4_097) }],
  ]
}
