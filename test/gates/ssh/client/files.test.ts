import { describe, expect, test } from '@jest/globals'
import fc from 'fast-check'
import { chooseAsker } from '../../../../gates/ssh/client/choose-asker.ts'
import {
  consentLine,
  deviceDigest,
  findConsent,
} from '../../../../gates/ssh/client/device-consent.ts'
import { EditedLine } from '../../../../gates/ssh/client/edited-line.ts'
import { findEnrolment } from '../../../../gates/ssh/client/enrolment-file.ts'
import { gateName, judgeGate, knownGateLine } from '../../../../gates/ssh/client/known-gates.ts'

const keys = (sign: number, seal: number): { sign: Buffer; seal: Buffer } => ({
  sign: Buffer.alloc(32, sign),
  seal: Buffer.alloc(32, seal),
})
const NAME = gateName('Bastion.example', 22)

describe('known gates', () => {
  test('one line that fits is enough, whatever others say', () => {
    const file = `# ours\n${knownGateLine(NAME, keys(1, 2))}${knownGateLine(NAME, keys(3, 4))}`
    expect(judgeGate(file, NAME, keys(3, 4))).toEqual({ kind: 'known' })
    expect(judgeGate(file, NAME, keys(1, 4))).toEqual({ kind: 'changed', lines: [2, 3] })
    expect(judgeGate(file, gateName('bastion.example', 2222), keys(3, 4))).toEqual({
      kind: 'unknown',
    })
  })

  test('one of the two keys changed is a change', () => {
    const file = knownGateLine(NAME, keys(1, 2))
    expect(judgeGate(file, NAME, keys(1, 3)).kind).toBe('changed')
    expect(judgeGate(file, NAME, keys(3, 2)).kind).toBe('changed')
  })

  test('lines of any kind are skipped, never thrown at', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary', maxLength: 200 }), (text) => {
        expect(judgeGate(text, NAME, keys(1, 2)).kind).toBe('unknown')
        expect(findEnrolment(text, NAME)).toBeUndefined()
        expect(findConsent(text, NAME)).toBeUndefined()
      }),
    )
  })
})

test('an enrolment is found by the name of its gate', () => {
  const key = Buffer.alloc(32, 7).toString('base64url')
  expect(findEnrolment(`${NAME} laptop-17 ${key}\n`, NAME)).toEqual({
    id: 'laptop-17',
    key: Buffer.alloc(32, 7),
  })
  expect(findEnrolment(`${NAME} laptop-17 AAAA\n`, NAME)).toBeUndefined()
})

test('the latest word about a fingerprint counts', () => {
  const at = Date.UTC(2026, 10, 25)
  const line = (answer: 'given' | 'refused', days: number): string =>
    consentLine(NAME, { answer, at: at + days * 86_400_000, textDigest: 'd' })
  expect(line('given', 0)).toBe('[bastion.example]:22 given 2026-11-25T00:00:00.000Z d\n')
  expect(findConsent(line('given', 0) + line('refused', 1), NAME)?.answer).toBe('refused')
})

test('a fingerprint hangs on salt, fields and values', () => {
  const values = { os: 'linux', hostname: 'a' }
  const digest = deviceDigest(Buffer.alloc(32), ['os'], values).toString('hex')
  expect(digest).toBe('f3cf1d9b65380f2cfd6657d6c577507cd14558798da7f27db3f05e27f494de70')
  expect(deviceDigest(Buffer.alloc(32, 1), ['os'], values).toString('hex')).not.toBe(digest)
  expect(deviceDigest(Buffer.alloc(32), ['os', 'hostname'], values).toString('hex')).not.toBe(
    digest,
  )
})

describe('whom to ask', () => {
  const askpass = { SSH_ASKPASS: '/usr/bin/askpass' }
  const program = { kind: 'askpass', program: '/usr/bin/askpass' }
  test.each([
    [{}, true, { kind: 'terminal' }],
    [{}, false, { kind: 'nobody' }],
    [{ ...askpass, DISPLAY: ':0' }, true, { kind: 'terminal' }],
    [{ ...askpass, DISPLAY: ':0' }, false, program],
    [{ ...askpass, WAYLAND_DISPLAY: 'wayland-0' }, false, program],
    [askpass, false, { kind: 'nobody' }],
    [{ ...askpass, SSH_ASKPASS_REQUIRE: 'force' }, true, program],
    [{ ...askpass, SSH_ASKPASS_REQUIRE: 'prefer' }, true, program],
    [{ SSH_ASKPASS_REQUIRE: 'prefer' }, true, { kind: 'terminal' }],
    [{ ...askpass, DISPLAY: ':0', SSH_ASKPASS_REQUIRE: 'never' }, false, { kind: 'nobody' }],
  ])('%j, terminal %s', (env, hasTerminal, expected) => {
    expect(chooseAsker(env, hasTerminal)).toEqual(expected)
  })
})

test('a line is edited as on a terminal', () => {
  const line = new EditedLine()
  const typed = Array.from('wrong\u0015hoise\u007f\u007f\u007fuse').map((key) => line.press(key))
  expect(line.text).toBe('house')
  expect(typed[5]).toEqual({ kind: 'more', echo: '\b \b'.repeat(5) })
  expect(line.press('\u001b')).toEqual({ kind: 'more', echo: '' })
  expect(line.press('\u0004')).toEqual({ kind: 'done' })
  expect(line.press('\u0003')).toEqual({ kind: 'given-up' })
  expect(new EditedLine().press('\u0004')).toEqual({ kind: 'given-up' })
})
