import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import { createHash, randomBytes } from 'node:crypto'
import { mkdtempSync, readFileSync, writeFileSync } from 'node:fs'
import { userInfo } from 'node:os'
import { join } from 'node:path'
import { toBase64Url } from '../../../protocols/challenge/base64url.ts'
import { gateFingerprint, gateKeys } from '../../../protocols/challenge/gate-keys.ts'
import { type ChallengeStep } from '../../../protocols/challenge/messages.ts'
import { puzzleOf } from '../../../protocols/challenge/puzzle.ts'
import { hasPrograms, temporaryFolder } from '../../support/programs.ts'
import { type Sshd, startSshd } from '../../support/sshd.ts'
import { startTestGate, type TestGate, type TestGateOptions } from '../../support/test-gate.ts'
import { HELPERS } from '../../support/ssh-helpers.ts'
import { login, type Login, onTerminal, sshArguments } from './helpers.ts'

const present = hasPrograms('ssh', 'sshd')
const HOST = '127.0.0.1'
const COOKIE: ChallengeStep = { kind: 'cookie', cookie: toBase64Url(Buffer.alloc(32, 9)) }
const puzzle = (hashes: number): ChallengeStep => ({
  kind: 'puzzle',
  hash: 'sha256',
  ...puzzleOf(hashes),
})
const QUESTION: ChallengeStep = {
  kind: 'question',
  id: 'q1',
  text: 'Which house did you grow up in?',
  echo: false,
}
const DEVICE: ChallengeStep = {
  kind: 'device',
  salt: toBase64Url(Buffer.alloc(32, 3)),
  fields: ['machine-id', 'hostname', 'os', 'architecture'],
  text: 'Kept for 90 days.\nWithdraw with: vestibule erase',
}

describe.each(present ? HELPERS : [])('$name', ({ command }) => {
  const folder = temporaryFolder('ssh-client')
  let sshd: Sshd
  let helper = ''
  const gates: TestGate[] = []

  beforeAll(async () => {
    helper = command(folder.path)
    sshd = await startSshd()
  }, 120_000)
  afterAll(async () => {
    for (const gate of gates) gate.stop()
    await sshd.stop()
    folder.remove()
  })

  const gateOf = async (options: Omit<TestGateOptions, 'upstreamPort'> = {}): Promise<TestGate> => {
    const gate = await startTestGate({ upstreamPort: sshd.port, ...options })
    gates.push(gate)
    return gate
  }
  const state = (): string => mkdtempSync(join(folder.path, 'state-'))
  const through = (
    port: number,
    at: string,
    how: Partial<Login> & { readonly flags?: string } = {},
  ): Login => ({
    sshd,
    port,
    helper: `${helper} --state ${at} ${how.flags ?? ''}`,
    ...how,
  })

  test('a server without a gate just works', async () => {
    expect(await login(through(sshd.port, state()))).toEqual({
      code: 0,
      stdout: 'welcome\n',
      stderr: '',
    })
  })

  test('a gate is pinned on first use, told once, and gets a HELLO with the sealed user name', async () => {
    const gate = await gateOf()
    const at = state()
    const user = userInfo().username
    const first = await login(through(gate.port, at, { flags: '--user %r' }))
    const name = `[${HOST}]:${gate.port}`
    const { sign, seal } = gate.keys.public
    expect(first).toEqual({
      code: 0,
      stdout: 'welcome\n',
      stderr: `vestibule: new gate before ${name}, keys ${gateFingerprint(gate.keys.public)}, kept in ${at}/known_gates\n`,
    })
    expect(readFileSync(join(at, 'known_gates'), 'utf8')).toBe(
      `${name} ${toBase64Url(sign)} ${toBase64Url(seal)}\n`,
    )
    expect(await login(through(gate.port, at))).toEqual({
      code: 0,
      stdout: 'welcome\n',
      stderr: '',
    })
    expect(gate.unsealed).toEqual([`username:${user}`])
    expect(gate.hellos.map(({ interactive, consent }) => [interactive, consent])).toEqual([
      [false, 'unasked'],
      [false, 'unasked'],
    ])
  })

  test('a gate whose keys have changed is refused loudly, and ssh never gets through', async () => {
    const gate = await gateOf()
    const at = state()
    const other = gateKeys({ sign: randomBytes(32), seal: randomBytes(32) }).public
    const line = `[${HOST}]:${gate.port} ${toBase64Url(other.sign)} ${toBase64Url(other.seal)}\n`
    writeFileSync(join(at, 'known_gates'), `# mine\n${line}`)
    const { code, stdout, stderr } = await login(through(gate.port, at))
    expect([code, stdout]).toEqual([255, ''])
    expect(stderr).toContain('THE KEYS OF THE GATE HAVE CHANGED: NOT CONNECTING')
    expect(stderr).toContain(`${at}/known_gates, line 2`)
    expect(gate.hellos).toEqual([])
  })

  test('--strict refuses a gate that is not known, --require-gate a server without one', async () => {
    const gate = await gateOf()
    const strict = await login(through(gate.port, state(), { flags: '--strict' }))
    expect([strict.code, strict.stderr]).toEqual([
      255,
      expect.stringContaining('is not known, and --strict was given'),
    ])
    const without = await login(through(sshd.port, state(), { flags: '--require-gate' }))
    expect([without.code, without.stderr]).toEqual([
      255,
      expect.stringContaining('no gate before 127.0.0.1'),
    ])
  })

  test('cookie and puzzle are answered over two rounds, without a word', async () => {
    const gate = await gateOf({ rounds: [[COOKIE], [puzzle(20_000), COOKIE]] })
    expect(await login(through(gate.port, state(), { flags: '--quiet' }))).toEqual({
      code: 0,
      stdout: 'welcome\n',
      stderr: '',
    })
    expect(gate.responses.map(({ answers }) => answers.map(({ kind }) => kind))).toEqual([
      ['cookie'],
      ['puzzle', 'cookie'],
    ])
  })

  test('a puzzle that is worth it is shared out among threads, and told of when it takes long', async () => {
    const gate = await gateOf({ rounds: [[puzzle(15_000_000)]] })
    const { code, stderr } = await login(through(gate.port, state()))
    expect(code).toBe(0)
    expect(stderr).toMatch(/the gate asks for some computing: [0-9]+ %, [0-9.]+ s left/)
  }, 60_000)

  test('a puzzle above the cap is refused, and what the gate then says is shown', async () => {
    const gate = await gateOf({ rounds: [[puzzle(2 ** 20)]] })
    const { code, stderr } = await login(
      through(gate.port, state(), { flags: '--max-work 1000 --quiet' }),
    )
    expect(code).toBe(255)
    expect(gate.responses[0]?.answers).toEqual([
      { kind: 'refused', step: 'puzzle', reason: 'too-hard' },
    ])
    expect(stderr).toContain('vestibule: wrong puzzle (code TEST-1); ask the tests')
  })

  test('an enrolled client proves itself in its HELLO and to a challenge', async () => {
    const enrolmentKey = randomBytes(32)
    const gate = await gateOf({ rounds: [[{ kind: 'mac', enrolment: 'laptop-17' }]], enrolmentKey })
    const at = state()
    writeFileSync(
      join(at, 'gate_enrolments'),
      `[${HOST}]:${gate.port} laptop-17 ${toBase64Url(enrolmentKey)}\n`,
    )
    expect((await login(through(gate.port, at))).code).toBe(0)
    expect(gate.hellos[0]?.mac?.enrolment).toBe('laptop-17')
    const other = await login(through(gate.port, state()))
    expect(other.code).toBe(255)
    expect(gate.responses[1]?.answers).toEqual([
      { kind: 'refused', step: 'mac', reason: 'not-enrolled' },
    ])
  })

  test('without a terminal the askpass program is asked, and the answer crosses sealed', async () => {
    const gate = await gateOf({
      rounds: [[QUESTION, { kind: 'totp', text: 'Code?' }]],
      answer: 'the blue house',
    })
    const askpass = join(state(), 'askpass')
    writeFileSync(askpass, '#!/bin/sh\necho "the blue house"\n', { mode: 0o755 })
    const env = { SSH_ASKPASS: askpass, SSH_ASKPASS_REQUIRE: 'force' }
    expect((await login(through(gate.port, state(), { env }))).code).toBe(0)
    expect(gate.unsealed).toEqual(['answer:the blue house', 'totp:the blue house'])
    expect(JSON.stringify(gate.responses)).not.toContain('blue')
  })

  test('with nobody to ask a question is refused at once', async () => {
    const gate = await gateOf({ rounds: [[QUESTION]], answer: 'x' })
    const flags = '--batch'
    expect((await login(through(gate.port, state(), { flags }))).code).toBe(255)
    expect(gate.responses[0]?.answers).toEqual([
      { kind: 'refused', step: 'question', reason: 'nobody-to-ask' },
    ])
  })

  test('a device fingerprint is given with --consent, and the same each time; --no-consent refuses it', async () => {
    const gate = await gateOf({ rounds: [[DEVICE]] })
    expect((await login(through(gate.port, state(), { flags: '--consent' }))).code).toBe(0)
    expect((await login(through(gate.port, state(), { flags: '--consent' }))).code).toBe(0)
    const [first, second] = gate.unsealed
    expect(first).toMatch(/^device:[0-9a-f]{64}$/)
    expect(second).toBe(first)
    const answer = gate.responses[0]?.answers[0]
    const textDigest = toBase64Url(createHash('sha256').update(DEVICE.text).digest())
    expect(answer?.kind === 'device' && answer.consent.textDigest).toBe(textDigest)
    await login(through(gate.port, state(), { flags: '--no-consent' }))
    expect(gate.responses[2]?.answers).toEqual([
      { kind: 'refused', step: 'device', reason: 'no-consent' },
    ])
    expect(gate.hellos.map(({ consent }) => consent)).toEqual(['given', 'given', 'refused'])
  })

  test('a message that the gate did not sign ends the connection', async () => {
    const spoil = (packet: Buffer): Buffer => {
      const changed = Buffer.from(packet)
      const last = changed.length - 1
      changed[last] = (changed[last] ?? 0) ^ 1
      return changed
    }
    const gate = await gateOf({ rounds: [[COOKIE]], spoil })
    const { code, stderr } = await login(through(gate.port, state()))
    expect([code, stderr]).toEqual([255, expect.stringContaining('(bad-signature)')])
  })

  test('nothing listens: the reason is said', async () => {
    const gate = await gateOf()
    gate.stop()
    const { code, stderr } = await login(through(gate.port, state()))
    expect([code, stderr]).toEqual([
      255,
      expect.stringMatching(/vestibule: 127\.0\.0\.1 port [0-9]+: .*refused/i),
    ])
  })

  test('--via reaches the server through a jump host, gate and all', async () => {
    const gate = await gateOf({ rounds: [[COOKIE]] })
    const jump = ['ssh', ...sshd.clientOptions, '-p', sshd.port, '-W', '%h:%p', HOST].join(' ')
    const ended = await login(through(gate.port, state(), { flags: `--quiet --via '${jump}'` }))
    expect(ended).toEqual({ code: 0, stdout: 'welcome\n', stderr: '' })
    expect(gate.responses).toHaveLength(1)
  })

  test('10 MB come back as they went', async () => {
    const gate = await gateOf({ rounds: [[COOKIE]] })
    const input = randomBytes(10_000_000)
    const digest = createHash('sha256').update(input).digest('hex')
    const at = state()
    const up = await login(through(gate.port, at, { command: 'sha256sum', input }))
    expect(up.stdout.slice(0, 64)).toBe(digest)
    const both = await login(through(gate.port, at, { command: 'cat', input }))
    expect(createHash('sha256').update(Buffer.from(both.stdout, 'latin1')).digest('hex')).toBe(
      digest,
    )
  }, 30_000)

  const terminal = hasPrograms('python3') ? test : test.skip
  terminal(
    'on a terminal the user is asked: a question unseen, a fingerprint once',
    async () => {
      const gate = await gateOf({ rounds: [[QUESTION], [DEVICE]], answer: 'the blue house' })
      const at = state()
      const command = ['ssh', ...sshArguments(through(gate.port, at)), 'echo welcome']
      const asked = [QUESTION.text, 'the blue hoise\u007f\u007f\u007fuse\r'] as const
      const first = await onTerminal(command, [asked, ['(yes or no)?', 'yes\r']])
      expect(first.code).toBe(0)
      expect(first.stdout).toContain('of: machine-id, hostname, os, architecture.')
      expect(first.stdout).toContain('welcome')
      expect(first.stdout).not.toContain('blue')
      expect(gate.unsealed[0]).toBe('answer:the blue house')
      const second = await onTerminal(command, [asked])
      expect([second.code, second.stdout.includes('yes or no')]).toEqual([0, false])
      expect(gate.hellos.map(({ consent }) => consent)).toEqual(['unasked', 'given'])
    },
    30_000,
  )
})
