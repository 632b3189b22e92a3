import { expect, test } from '@jest/globals'
import { randomBytes } from 'node:crypto'
import { type GateDecision } from '../../../gates/ssh/gate-decision.ts'
import { GatedConnection } from '../../../gates/ssh/gated-connection.ts'
import { toBase64Url } from '../../../protocols/challenge/base64url.ts'
import { encodeExtension } from '../../../protocols/challenge/extension-packet.ts'
import { gateKeys } from '../../../protocols/challenge/gate-keys.ts'
import { type ClientMessage, encodeMessage } from '../../../protocols/challenge/messages.ts'
import { framePacket } from '../../../protocols/ssh/packet-writer.ts'
import { CLIENT_LISTS, kexInitPayload } from '../../support/ssh-bytes.ts'

const NONCE = toBase64Url(Buffer.alloc(32, 1))
const OTHER = toBase64Url(Buffer.alloc(32, 2))

function message(body: ClientMessage): Buffer {
  return Buffer.from(framePacket(encodeExtension(encodeMessage(body), new Uint8Array())))
}

function response(nonce: string): { kind: 'bytes'; bytes: Buffer } {
  const answers = [{ kind: 'cookie' as const, cookie: NONCE }]
  return {
    kind: 'bytes',
    bytes: message({ type: 'response', v: 1, round: 1, nonce, token: 't', answers }),
  }
}

/** A connection whose first challenge was not answered in time: the API is asked what now. */
function timedOut(): GatedConnection {
  const gate = new GatedConnection({
    serverIdentification: 'SSH-2.0-x',
    advert: 'X\r\n',
    keys: gateKeys({ sign: randomBytes(32), seal: randomBytes(32) }),
    handshakeMs: 1_000,
    hasStepUp: false,
    noStepUpBrakeMs: 1_000,
  })
  gate.start()
  const hello = message({
    ...{ type: 'hello', v: 1, client: 'c', kinds: ['cookie'], interactive: true },
    ...{ consent: 'unasked', timestamp: 1 },
  })
  const kexInit = Buffer.from(framePacket(kexInitPayload({ lists: CLIENT_LISTS })))
  gate.on(
    { kind: 'bytes', bytes: Buffer.concat([Buffer.from('SSH-2.0-c\r\n'), hello, kexInit]) },
    0,
  )
  const decision: GateDecision = {
    ...{ action: 'challenge', by: 'api', delayMs: 0, band: 'low', risk: 1, shadow: false },
    ...{ decisionId: undefined, connectionId: undefined, connectionToken: 't', stamp: undefined },
    ...{ message: undefined, code: undefined, contact: undefined },
    challenge: {
      ...{ type: 'challenge', v: 1, round: 1, nonce: NONCE, issuedAt: 0, expiresAt: 30_000 },
      ...{ token: 't', steps: [{ kind: 'cookie', cookie: NONCE }] },
    },
  }
  gate.on({ kind: 'decision', decision }, 0)
  expect(gate.on({ kind: 'timer', timer: 'challenge' }, 30_000)).toMatchObject([{ kind: 'verify' }])
  return gate
}

test('an answer that comes after its challenge was given up is no fault of the client', () => {
  expect(timedOut().on(response(NONCE), 30_100)).toEqual([])
})

test('an answer to a challenge that was never asked is one', () => {
  expect(timedOut().on(response(OTHER), 30_100)).toMatchObject([
    { kind: 'end', how: 'bad-message' },
  ])
})
