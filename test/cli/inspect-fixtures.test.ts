import { describe, expect, test } from '@jest/globals'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { inspectFile } from '../../cli/inspect/inspect-file.ts'
import { type InspectLine } from '../../producers/inspect/inspect-line.ts'

const FIXTURES = join(import.meta.dirname, '..', 'fixtures')

/** A line of expected.jsonl: what tshark reads, versions as numbers. */
type Expected = Readonly<Record<string, unknown>> & {
  readonly file: string
  readonly stream: string
}

const expected = readFileSync(join(FIXTURES, 'expected.jsonl'), 'utf8')
  .trim()
  .split('\n')
  .map((line) => JSON.parse(line) as Expected)

async function linesOf(file: string): Promise<InspectLine[]> {
  const lines: InspectLine[] = []
  for await (const line of inspectFile(join(FIXTURES, file))) {
    if (line.kind === 'tls' || line.kind === 'ssh') lines.push(line)
  }
  return lines
}

const hex = (value: unknown): unknown =>
  typeof value === 'number' ? `0x${value.toString(16).padStart(4, '0')}` : value

function inOurWords({ version, supportedVersions, ...rest }: Expected): object {
  const { file: _file, ...values } = rest
  return {
    ...values,
    ...(version === undefined ? {} : { version: hex(version) }),
    ...(Array.isArray(supportedVersions) ? { supportedVersions: supportedVersions.map(hex) } : {}),
  }
}

/** By stream and hello: the order in which connections end is not the order of the file. */
function sorted(lines: readonly object[]): object[] {
  const keyOf = (line: object): string =>
    JSON.stringify(['stream' in line ? line.stream : '', 'ordinal' in line ? line.ordinal : 0])
  return [...lines].sort((a, b) => keyOf(a).localeCompare(keyOf(b)))
}

describe('inspect reads in recordings of real programs what tshark reads', () => {
  test.each([...new Set(expected.map(({ file }) => file))])('%s', async (file) => {
    const wanted = sorted(expected.filter((each) => each.file === file).map(inOurWords))
    expect(sorted(await linesOf(file))).toMatchObject(wanted)
  })

  test('and nothing where there is no hello', async () => {
    expect(await linesOf('tls/plain-http.pcap')).toEqual([])
  })
})
