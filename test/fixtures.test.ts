import { describe, expect, test } from '@jest/globals'
import { readdirSync, readFileSync, statSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { inspectFile } from '../cli/inspect/inspect-file.ts'
import { readByTshark } from '../scripts/record/read-by-tshark.ts'
import { hasPrograms } from './support/programs.ts'

const ROOT = resolve(import.meta.dirname, '..')
const FIXTURES = join(ROOT, 'test/fixtures')
const WITHOUT_HANDSHAKE = ['tls/plain-http.pcap']
const LARGEST_FILE = 60_000
const COMPARED = {
  tls: ['ordinal', 'ja3', 'ja3Hash', 'ja4', 'sni', 'alpn'],
  ssh: ['hassh', 'hasshServer', 'sshClient', 'sshServer'],
} as const

type Line = Readonly<Record<string, unknown>> & { readonly kind: 'tls' | 'ssh' }

const captures = ['tls', 'ssh'].flatMap((kind) =>
  readdirSync(join(FIXTURES, kind))
    .filter((name) => name.endsWith('.pcap'))
    .map((name) => `${kind}/${name}`),
)
const expected = linesOf(readFileSync(join(FIXTURES, 'expected.jsonl'), 'utf8'))

function linesOf(text: string): Line[] {
  return text
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line) as Line)
}

/** One sorted text per hello or connection: what was seen on which stream, whatever else the line says. */
function multiset(lines: readonly Line[]): string[] {
  return lines
    .map((line) => {
      const values = COMPARED[line.kind].map((field) => [field, line[field] ?? null])
      return JSON.stringify([line.kind, line['stream'], Object.fromEntries(values)])
    })
    .sort()
}

describe('every fixture', () => {
  test.each(captures)('%s has its page, its expected values, and is small', (file) => {
    const page = readFileSync(join(FIXTURES, file.replace(/\.pcap$/, '.md')), 'utf8')
    for (const word of ['Program: ', 'Command: ', 'Recorded: ', 'Holds: ']) {
      expect(page).toContain(`- ${word}`)
    }
    const lines = expected.filter((line) => line['file'] === file)
    expect(lines.length > 0).toBe(!WITHOUT_HANDSHAKE.includes(file))
    expect(statSync(join(FIXTURES, file)).size).toBeLessThan(LARGEST_FILE)
  })

  test('expects nothing of a capture that is not there', () => {
    const named = new Set(expected.map((line) => line['file']))
    expect([...named].filter((file) => !captures.includes(String(file)))).toEqual([])
  })

  test('has private addresses only', () => {
    const ends = expected.flatMap((line) => String(line['stream']).split('-'))
    expect(ends.filter((end) => !/^(?:10\.77\.|fd77::)/.test(end))).toEqual([])
  })
})

async function inspect(path: string): Promise<Line[]> {
  const seen: Line[] = []
  for await (const line of inspectFile(path)) {
    if (line.kind === 'tls' || line.kind === 'ssh') seen.push({ ...line, kind: line.kind })
  }
  return seen
}

describe('what inspect reads', () => {
  test.each(captures)('in %s is what tshark reads in it', async (file) => {
    const seen = await inspect(join(FIXTURES, file))
    expect(multiset(seen)).toEqual(multiset(expected.filter((line) => line['file'] === file)))
  })

  const testWithTshark = hasPrograms('tshark') ? test : test.skip

  testWithTshark(
    'in the demonstration recording is what tshark reads in it',
    async () => {
      const path = join(ROOT, 'corpus/demo/demo.pcap.gz')
      const lines = readByTshark(path) as Line[]
      // A port probe on 22 that ends before the banner is a connection to us, and nothing of SSH to tshark.
      const seen = (await inspect(path)).filter(
        (line) => line.kind === 'tls' || line['sshServer'] !== null,
      )
      expect(lines.length).toBeGreaterThan(300)
      expect(multiset(seen)).toEqual(multiset(lines))
    },
    30_000,
  )
})
