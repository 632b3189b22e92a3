import { afterAll, describe, expect, test } from '@jest/globals'
import { spawnSync } from 'node:child_process'
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { join } from 'node:path'
import { gunzipSync } from 'node:zlib'
import { freePort } from '../support/free-port.ts'
import { temporaryFolder } from '../support/programs.ts'

const ROOT = join(import.meta.dirname, '../..')
const folder = temporaryFolder('bad-input')

afterAll(() => {
  folder.remove()
})

/** What a user sees on the last line, and the exit code. */
function vestibule(...args: readonly string[]): { code: number | null; said: string } {
  const done = spawnSync(join(ROOT, 'bin/vestibule'), args, {
    cwd: folder.path,
    timeout: 60_000,
    encoding: 'utf8',
    env: { ...process.env, VESTIBULE_DATA: join(folder.path, 'data'), VESTIBULE_API_PORT: '1' },
  })
  return {
    code: done.status,
    said: `${done.stdout}${done.stderr}`.trimEnd().split('\n').at(-1) ?? '',
  }
}

function file(name: string, content: string | Buffer): string {
  const path = join(folder.path, name)
  writeFileSync(path, content)
  return path
}

const whole = gunzipSync(readFileSync(join(ROOT, 'corpus/demo/demo.pcap.gz')))

describe('a capture that cannot be read', () => {
  test.each([
    [
      'garbage',
      file('garbage.pcap', Buffer.alloc(5_000, 0x5a)),
      'This is not a capture file: it begins neither like pcap nor like pcapng.',
    ],
    ['an empty file', file('empty.pcap', ''), 'The capture is empty: it has no bytes at all.'],
    [
      'a truncated file',
      file('cut.pcap', whole.subarray(0, 100_000)),
      'The capture was cut after 100000 bytes, inside the record that begins at byte 99965.',
    ],
    [
      'no file',
      join(folder.path, 'missing.pcap'),
      `There is no file ${join(folder.path, 'missing.pcap')}.`,
    ],
    ['a folder', folder.path, `${folder.path} is a folder, not a capture file.`],
  ])('%s is said in one sentence, with exit code 1', (_name, path, sentence) => {
    expect(vestibule('inspect', path)).toEqual({ code: 1, said: sentence })
  })

  test('a truncated file gives everything before the cut', () => {
    const done = spawnSync(
      join(ROOT, 'bin/vestibule'),
      ['inspect', '--json', join(folder.path, 'cut.pcap')],
      { encoding: 'utf8' },
    )
    const hellos = done.stdout.split('\n').filter((line) => line.includes('"kind":"tls"'))
    expect(hellos).toHaveLength(31)
  })
})

describe('wrong usage is exit code 2', () => {
  test.each([
    [['frobnicate'], "error: unknown command 'frobnicate'"],
    [['capture'], 'vestibule: say either -i INTERFACE or -r FILE'],
    [['history', 'nobody'], 'vestibule: nobody is not an IPv4 or IPv6 address'],
  ])('%j', (args, sentence) => {
    const done = spawnSync(join(ROOT, 'bin/vestibule'), args, { encoding: 'utf8' })
    expect(done.status).toBe(2)
    expect(done.stderr).toContain(sentence)
  })
})

describe('a world that is not as it should be', () => {
  test('no such interface: the ones there are', () => {
    const { code, said } = vestibule('capture', '-i', 'nosuch0')
    expect(code).toBe(1)
    expect(said).toMatch(/nosuch0.*lo/)
  })

  test('no API: how to start one', () => {
    expect(vestibule('why', '192.0.2.1')).toEqual({
      code: 1,
      said: "vestibule: no routing API at http://127.0.0.1:1: is it running? Start everything with 'vestibule up', or the API with 'vestibule serve'",
    })
  })

  test('a broken policy: where and what', () => {
    const policy = file('policy.yaml', 'shadow: true\ntls:\n  threshhold: 0.5\n')
    const { code, said } = vestibule('up', '--data', join(folder.path, 'up'), '--policy', policy)
    expect(code).toBe(1)
    expect(said).toBe(
      `vestibule: the policy ${policy} is refused: line 3: tls.threshhold: Unrecognized key: "threshhold"`,
    )
  })

  test('no policy file', () => {
    const { code, said } = vestibule(
      'up',
      '--data',
      join(folder.path, 'up'),
      '--policy',
      'none.yaml',
    )
    expect(code).toBe(1)
    expect(said).toContain('none.yaml cannot be read')
  })

  test('a port that is taken: which, and what to do', async () => {
    const taken = createServer()
    await new Promise<void>((resolve) => taken.listen(0, '127.0.0.1', resolve))
    const address = taken.address()
    const port = typeof address === 'object' && address !== null ? address.port : 0
    const data = join(folder.path, 'taken')
    mkdirSync(data)
    const { code, said } = vestibule(
      ...['up', '--data', data, '--port', String(port)],
      ...['--clickhouse-port', String(await freePort())],
    )
    taken.close()
    expect(code).toBe(1)
    expect(said).toContain(`the port is taken`)
    expect(said).toContain(`127.0.0.1:${port}`)
  }, 60_000)
})
