import { z } from 'zod'
import { printableText } from '../../protocols/printable.ts'
import { type InspectLine } from '../../producers/inspect/inspect-line.ts'

const EXPECTED = z.object({
  stream: z.string().optional(),
  kind: z.string().optional(),
  ja3: z.string().optional(),
  ja3_hash: z.string().optional(),
  ja4: z.string().optional(),
  version: z.string().optional(),
  sni: z.string().optional(),
  alpn: z.array(z.string()).optional(),
  supported_versions: z.array(z.string()).optional(),
  hassh: z.string().optional(),
  hasshServer: z.string().optional(),
  sshClient: z.string().optional(),
  sshServer: z.string().optional(),
  auth_success: z.boolean().optional(),
  auth_attempts: z.number().optional(),
})
const ENTRY = z.object({
  file: z.string(),
  expected: z.array(EXPECTED),
})

/** One file of the manifest. Where sources disagree `expected` holds the definition's value. */
export type Entry = z.infer<typeof ENTRY>

type Expected = z.infer<typeof EXPECTED>

/** Reads one line of a manifest.jsonl. */
export function parseEntry(line: string): Entry {
  return ENTRY.parse(JSON.parse(line))
}

export interface FieldCount {
  matched: number
  expected: number
  /** Values given for a stream that the manifest lists, which it contradicts. */
  wrong: number
}

export interface Comparison {
  readonly fields: ReadonlyMap<string, FieldCount>
  /** One line per miss and per wrong value. */
  readonly remarks: readonly string[]
}

/** How the fields of the manifest are read from lines of inspect. */
const FIELDS: Readonly<Record<string, (line: InspectLine) => string | null>> = {
  ja3: (line) => (line.kind === 'tls' ? line.ja3 : null),
  ja3_hash: (line) => (line.kind === 'tls' ? line.ja3Hash : null),
  ja4: (line) => (line.kind === 'tls' ? line.ja4 : null),
  version: (line) => (line.kind === 'tls' ? line.version : null),
  sni: (line) => (line.kind === 'tls' ? line.sni : null),
  alpn: (line) => (line.kind === 'tls' && line.alpn.length > 0 ? line.alpn.join(',') : null),
  supported_versions: (line) =>
    line.kind === 'tls' && line.supportedVersions.length > 0
      ? line.supportedVersions.join(',')
      : null,
  hassh: (line) => (line.kind === 'ssh' ? line.hassh : null),
  hasshServer: (line) => (line.kind === 'ssh' ? line.hasshServer : null),
  sshClient: (line) => (line.kind === 'ssh' ? line.sshClient : null),
  sshServer: (line) => (line.kind === 'ssh' ? line.sshServer : null),
  auth_success: (line) =>
    line.kind === 'ssh' && line.authSuccess !== null ? String(line.authSuccess) : null,
  auth_attempts: (line) =>
    line.kind === 'ssh' && line.authAttempts !== null ? String(line.authAttempts) : null,
}

const INFERRED: ReadonlySet<string> = new Set(['auth_success', 'auth_attempts'])

/** Compares values as multisets per stream; an entry without stream is looked for in the whole file. */
export function compareFile(entry: Entry, lines: readonly InspectLine[]): Comparison {
  const fields = new Map<string, FieldCount>()
  const remarks: string[] = []
  for (const [field, read] of Object.entries(FIELDS)) {
    const count: FieldCount = { matched: 0, expected: 0, wrong: 0 }
    const streams = new Set(entry.expected.map((each) => each.stream))
    const given = new Set(lines.flatMap((line) => (line.kind === 'fault' ? [] : [line.stream])))
    for (const stream of new Set([...streams, ...given])) {
      const expected = entry.expected
        .filter((each) => each.stream === stream)
        .map((each) => wanted(each, field))
        .filter((value) => value !== undefined)
      const got = lines
        .filter((line) => stream === undefined || (line.kind !== 'fault' && line.stream === stream))
        .map(read)
        .filter((value) => value !== null)
      const where = `${entry.file} ${stream ?? 'anywhere'} ${field}`
      compareValues(expected, got, { count, remarks, where, field, listed: streams.has(stream) })
    }
    if (count.expected + count.wrong > 0) fields.set(field, count)
  }
  return { fields, remarks }
}

interface Target {
  readonly count: FieldCount
  readonly remarks: string[]
  readonly where: string
  readonly field: string
  readonly listed: boolean
}

function compareValues(expected: readonly string[], got: readonly string[], target: Target): void {
  const { count, remarks, where } = target
  const left = [...got]
  count.expected += expected.length
  for (const value of expected) {
    const at = left.indexOf(value)
    if (at >= 0) {
      left.splice(at, 1)
      count.matched += 1
    } else remarks.push(`miss   ${where}: expected ${value}`)
  }
  // A value where the manifest expects fewer contradicts it only where it speaks of that field.
  const contradicted = expected.length > 0 && !where.includes(' anywhere ')
  for (const value of left) {
    if (expected.includes(value)) {
      // The same hello once more (after a retry request): nothing contradicts it.
      remarks.push(`again  ${where}: gave ${value} once more`)
    } else if (contradicted && !INFERRED.has(target.field)) {
      count.wrong += 1
      remarks.push(`WRONG  ${where}: gave ${value}`)
    } else if (expected.length > 0 || (!target.listed && isFingerprint(target.field))) {
      remarks.push(`extra  ${where}: gave ${value}`)
    }
  }
}

function isFingerprint(field: string): boolean {
  return field === 'ja4' || field === 'hassh' || field === 'hasshServer'
}

function wanted(expected: Expected, field: string): string | undefined {
  if (field === 'version' && expected.kind === 'ssh') return undefined
  const value = Object.entries(expected).find(([name]) => name === field)?.[1]
  if (value === undefined) return undefined
  if (Array.isArray(value)) return value.map((each) => printableText(each)).join(',')
  return field === 'sni' ? String(value).toLowerCase() : printableText(String(value))
}
