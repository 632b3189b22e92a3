import { describe, expect, test } from '@jest/globals'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { deviceDigest } from '../../../gates/ssh/client/device-consent.ts'
import { parseAdvert } from '../../../protocols/challenge/advert.ts'
import { connectionBind } from '../../../protocols/challenge/bind.ts'
import { encodeExtension, parseExtension } from '../../../protocols/challenge/extension-packet.ts'
import { gateFingerprint, gateKeys } from '../../../protocols/challenge/gate-keys.ts'
import {
  encodeMessage,
  parseClientMessage,
  parseGateMessage,
} from '../../../protocols/challenge/messages.ts'
import { searchSubPuzzle } from '../../../protocols/challenge/puzzle-search.ts'
import {
  checkSolution,
  puzzleGrantMac,
  puzzleOf,
  puzzlePrefix,
} from '../../../protocols/challenge/puzzle.ts'
import { seal, unseal } from '../../../protocols/challenge/seal.ts'
import { isSignedBy, signMessage } from '../../../protocols/challenge/signature.ts'
import { routabilityCookie, stampMac } from '../../../protocols/challenge/stamp-mac.ts'
import { frameDisconnect, framePacket } from '../../../protocols/ssh/packet-writer.ts'
import { cutPacket } from '../../../protocols/ssh/cut-packet.ts'
import { codecVectors } from '../../../scripts/vectors/codec.ts'
import { messageVectors } from '../../../scripts/vectors/messages.ts'
import { puzzleVectors } from '../../../scripts/vectors/puzzle.ts'
import { secretVectors } from '../../../scripts/vectors/secrets.ts'

const bytes = (hex: string): Buffer => Buffer.from(hex, 'hex')
const hex = (data: Uint8Array | undefined): string | undefined =>
  data === undefined ? undefined : Buffer.from(data).toString('hex')

const codec = codecVectors()
const messages = messageVectors()
const puzzle = puzzleVectors()
const secrets = secretVectors()

test.each(Object.entries({ codec, messages, puzzle, secrets }))(
  'the committed %s.json is what scripts/challenge-vectors.ts writes',
  (name, vectors) => {
    const folder = join(import.meta.dirname, '../../../protocols/challenge/vectors')
    const committed = readFileSync(join(folder, `${name}.json`), 'utf8')
    expect(committed).toBe(`${JSON.stringify(vectors, null, 2)}\n`)
  },
)

describe('codec vectors', () => {
  test.each(codec.frames)('payload $payload', ({ payload, packet }) => {
    expect(hex(framePacket(bytes(payload)))).toBe(packet)
    const cut = cutPacket(bytes(`${packet}00`))
    const value = cut?.kind === 'emit' ? cut.value : undefined
    expect([hex(value?.payload), hex(value?.raw)]).toEqual([payload, packet])
    expect(cutPacket(bytes(packet).subarray(0, -1))).toBeUndefined()
  })

  test.each(codec.badFrames)('no packet: $why', ({ bytes: start }) => {
    expect(cutPacket(bytes(start))?.kind).toBe('reject')
  })

  test('disconnect', () => {
    const { code, sentence, packet } = codec.disconnect
    expect(hex(frameDisconnect(code, sentence))).toBe(packet)
  })

  test.each(codec.extensions)('extension $body', ({ body, signature, payload }) => {
    expect(hex(encodeExtension(Buffer.from(body), bytes(signature)))).toBe(payload)
    const parsed = parseExtension(bytes(payload))
    const value = parsed.kind === 'emit' ? parsed.value : undefined
    expect(value?.name).toBe('challenge@vestibule.example')
    expect(Buffer.from(value?.body ?? []).toString()).toBe(body)
    expect(hex(value?.signature)).toBe(signature)
  })

  test.each(codec.badExtensions)('no extension: $why', ({ payload }) => {
    expect(parseExtension(bytes(payload)).kind).toBe('reject')
  })

  test.each(codec.adverts)(
    'advert $line',
    ({ line, versions, sign, seal: sealKey, fingerprint }) => {
      const advert = parseAdvert(line)
      expect(advert?.versions).toEqual(versions)
      expect(hex(advert?.keys.sign)).toBe(sign)
      expect(hex(advert?.keys.seal)).toBe(sealKey)
      expect(advert && gateFingerprint(advert.keys)).toBe(fingerprint)
    },
  )

  test.each(codec.notAdverts.map((line) => [line]))('no advert: %s', (line) => {
    expect(parseAdvert(line)).toBeUndefined()
  })
})

describe('message vectors', () => {
  test.each(messages.client.map((body) => [body]))('client says %s', (body) => {
    expect(parseClientMessage(Buffer.from(body)).kind).toBe('emit')
  })
  test.each(messages.gate.map((body) => [body]))('gate says %s', (body) => {
    const parsed = parseGateMessage(Buffer.from(body))
    expect(parsed.kind === 'emit' && encodeMessage(parsed.value).toString()).toBe(body)
  })
  test.each(messages.badClient)('a client may not say: $why', ({ body }) => {
    expect(parseClientMessage(Buffer.from(body)).kind).toBe('reject')
  })
  test.each(messages.badGate)('a gate may not say: $why', ({ body }) => {
    expect(parseGateMessage(Buffer.from(body)).kind).toBe('reject')
  })
})

describe('puzzle vectors', () => {
  test.each(puzzle.terms)('terms of $hashes hashes', ({ hashes, subPuzzles, target }) => {
    expect(puzzleOf(hashes)).toEqual({ subPuzzles, target })
  })

  test('prefix', () => {
    const { nonce, bind, token, prefix } = puzzle.prefix
    expect(hex(puzzlePrefix({ nonce: bytes(nonce), bind: bytes(bind), token }))).toBe(prefix)
  })

  test.each(puzzle.solved)('solved: $subPuzzles x $target', ({ prefix, solution, ...terms }) => {
    expect(checkSolution(bytes(prefix), terms, bytes(solution))).toEqual({ kind: 'solved' })
    const first = searchSubPuzzle(bytes(prefix), terms.target, 0, 0, 1e6)
    const counter = bytes(solution).readUInt32BE(0)
    expect(first).toEqual({ kind: 'found', counter })
  })

  test.each(puzzle.unsolved)('unsolved at $at', ({ prefix, solution, at, ...terms }) => {
    expect(checkSolution(bytes(prefix), terms, bytes(solution))).toEqual({ kind: 'unsolved', at })
  })

  test('grant', () => {
    const { secret, nonce, bind, address, mac, ...rest } = puzzle.grant
    const grant = { ...rest, nonce: bytes(nonce), bind: bytes(bind), address: bytes(address) }
    expect(hex(puzzleGrantMac(bytes(secret), grant))).toBe(mac)
  })
})

describe('vectors of secrets', () => {
  const { gate } = secrets
  const keys = gateKeys({ sign: bytes(gate.signSeed), seal: bytes(gate.sealSeed) })

  test('keys of seeds', () => {
    expect(hex(keys.public.sign)).toBe(gate.signPublic)
    expect(hex(keys.public.seal)).toBe(gate.sealPublic)
  })

  test('bind', () => {
    const { identification, kexInit, bind } = secrets.bind
    expect(hex(connectionBind(Buffer.from(identification), bytes(kexInit)))).toBe(bind)
  })

  test.each(secrets.signatures)('signature of $body', ({ bind, body, signature }) => {
    expect(hex(signMessage(keys.sign, bytes(bind), Buffer.from(body)))).toBe(signature)
    const said = [bytes(bind), Buffer.from(body), bytes(signature)] as const
    expect(isSignedBy(keys.public.sign, ...said)).toBe(true)
  })

  test.each(secrets.sealed)('sealed $purpose: $text', (vector) => {
    const context = {
      purpose: vector.purpose,
      bind: bytes(vector.bind),
      nonce: bytes(vector.nonce),
    }
    const text = Buffer.from(vector.text)
    expect(hex(seal(keys.public.seal, bytes(vector.ephemeralSeed), context, text))).toBe(
      vector.sealed,
    )
    expect(unseal(keys.seal, context, bytes(vector.sealed))?.toString()).toBe(vector.text)
  })

  test.each(secrets.macs)('mac with nonce $nonce', ({ key, nonce, timestamp, bind, mac }) => {
    const input = { nonce: bytes(nonce), timestamp, bind: bytes(bind) }
    expect(hex(stampMac(bytes(key), input))).toBe(mac)
  })

  test('cookie', () => {
    const { secret, nonce, timestamp, bind, address, mac } = secrets.cookie
    const input = { nonce: bytes(nonce), timestamp, bind: bytes(bind), address: bytes(address) }
    expect(hex(routabilityCookie(bytes(secret), input))).toBe(mac)
  })

  test('device', () => {
    const { salt, fields, values, digest } = secrets.device
    expect(hex(deviceDigest(bytes(salt), fields, values))).toBe(digest)
  })
})
