import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { sealEnrolment } from '../../routing-api/enrolments/enrolment.ts'
import { control } from '../routing-api/decisions/fixtures.ts'
import { run, testApi, TEST_KEYS, type Running, type TestApi } from '../routing-api/harness.ts'
import { temporaryFolder } from '../support/programs.ts'
import { vestibule, type Ended } from '../support/vestibule.ts'

const folder = temporaryFolder('enrol')
let n = 0
const api: TestApi = testApi({ freshId: () => Buffer.alloc(16, (n += 1)) })
let running: Running
beforeAll(async () => {
  running = await run(api)
})
afterAll(async () => {
  await running.close()
  folder.remove()
})

const cli = (...args: string[]): Promise<Ended> =>
  vestibule(args, { VESTIBULE_API_URL: running.url })

function file(name: string, text: string): string {
  const path = join(folder.path, name)
  writeFileSync(path, text)
  return path
}

const kept = (user: string): readonly string[] =>
  api.state.enrolments
    .entries(TEST_KEYS.hashName(user))
    .map(({ id }) => id.replace(/[0-9a-f]{32}/, '#'))

describe('vestibule enrol', () => {
  test('a question with its answer from a file; neither is shown again', async () => {
    const answer = file('answer', "St. Mary's\n")
    const ran = await cli(
      'enrol',
      'question',
      'bob',
      '--question',
      'Which school?',
      '--answer-file',
      answer,
    )
    expect(ran).toEqual({ code: 0, stdout: 'bob is asked: Which school?\n', stderr: '' })
    const listed = await cli('enrol', 'list', 'bob')
    expect(listed.stdout).toMatch(
      /^question {2}question\/[0-9a-f]{32}\/own {2}since \S+ by anna\n1 enrolled\n$/,
    )
  })

  test('nobody to ask and no file: it says how, and enrols nothing', async () => {
    const ran = await cli('enrol', 'question', 'carol', '--question', 'Which school?')
    expect(ran.code).toBe(2)
    expect(ran.stderr).toContain('--answer-file')
    expect(kept('carol')).toEqual([])
  })

  test('one-time codes and a client key are printed once', async () => {
    const totp = await cli('enrol', 'totp', 'bob')
    expect(totp.stdout).toMatch(
      /^otpauth:\/\/totp\/Vestibule:bob\?secret=[A-Z2-7]{32}&issuer=Vestibule\n/,
    )
    const key = await cli('enrol', 'key', 'laptop-7', '--json')
    expect(JSON.parse(key.stdout)).toMatchObject({
      name: 'laptop-7',
      key: expect.stringMatching(/^[\w-]{43}$/),
    })
  })

  test("an operator's list; what is wrong with a line is said, and the others are enrolled", async () => {
    const csv = file(
      'list.csv',
      'user,question,answer\ndora,Which town?,Ulm\nemil,Which town?,!!!\n,x,y\n',
    )
    const ran = await cli('enrol', 'import', csv, '--reason', 'old system')
    expect(ran.stdout).toContain('1 questions are enrolled. Delete ')
    expect(ran.stderr).toContain('line 4 is left out')
    expect(ran.stderr).toContain(
      'line 3: the routing API answered 400 invalid: an answer needs a letter',
    )
    expect(kept('dora')).toEqual(['question/#/imported-1'])
    expect((await cli('enrol', 'import', file('no.csv', 'a,b\n'))).stderr).toContain(
      'names no user, question, answer',
    )
  })

  test('a directory: shown first, kept, and asked of nobody until the user has consented', async () => {
    const ldif = file('people.ldif', 'uid: fritz\ntitle: Head of everything\nl: Castrop-Rauxel\n')
    const dry = await cli('enrol', 'directory', ldif, '--dry-run')
    expect(dry.stdout).toContain('"What is your job title?": 1')
    expect([dry.stdout.includes('Head of'), kept('fritz')]).toEqual([false, []])
    const ran = await cli('enrol', 'directory', ldif)
    expect(ran.stdout).toContain('2 questions are kept, and asked of nobody yet')
    const user = TEST_KEYS.hashName('fritz')
    const asked = (): number =>
      api.state.enrolments.questions(user, TEST_KEYS.enrolment, true).length
    expect(asked()).toBe(0)
    expect((await cli('enrol', 'consent', 'fritz')).code).toBe(1)
    expect(asked()).toBe(0)
    expect((await cli('enrol', 'consent', 'fritz', '--yes')).code).toBe(0)
    expect(asked()).toBe(2)
    expect(await cli('erase', '--user', 'fritz', '--directory')).toMatchObject({
      stdout: '3 erased\n',
    })
    expect([asked(), kept('fritz')]).toEqual([0, []])
  })
})

describe('vestibule erase', () => {
  test('devices and the consent to them alone, or everything of a user', async () => {
    const user = TEST_KEYS.hashName('bob')
    const id = `device/${user}/${'ab'.repeat(16)}`
    const device = { kind: 'device', textDigest: 'AA', consentedAtMs: 1, seenAtMs: 1 } as const
    const body = sealEnrolment(device, id, TEST_KEYS.enrolment, Buffer.alloc(16))
    api.state.applyControl(control('enrolment', id, { body }))
    api.state.applyControl(control('consent', `device/${user}`, { body: '{}' }))
    expect(await cli('erase', '--user', 'bob', '--device', '--reason', 'asked to')).toMatchObject({
      stdout: '2 erased\n',
    })
    expect(kept('bob').toSorted()).toEqual(['question/#/own', 'totp/#'])
    expect(await cli('erase', '--user', 'bob')).toMatchObject({ stdout: '2 erased\n' })
    expect(await cli('erase', '--user', 'bob')).toMatchObject({
      stdout: 'nothing was kept: nothing to erase\n',
    })
  })

  test('whose? is asked, not guessed', async () => {
    const nobody = await cli('erase')
    expect([nobody.code, nobody.stderr]).toEqual([2, expect.stringContaining('--user NAME')])
  })
})
