import { createHash } from 'node:crypto'
import { type z } from 'zod'
import { LineCounter, parseDocument, type Document } from 'yaml'
import { Policy } from './policy.ts'

/** A policy text that was read, or the one sentence that says why it was not. */
export type PolicyResult =
  | { readonly kind: 'policy'; readonly policy: Policy; readonly hash: string }
  | { readonly kind: 'fault'; readonly message: string; readonly line: number | null }

const MAX_TEXT = 1 << 20

/** Reads a policy in YAML (or JSON, which is YAML). The fault names line and field. */
export function parsePolicy(text: string): PolicyResult {
  if (text.length > MAX_TEXT) return fault('policy is larger than 1 MiB', null)
  const lines = new LineCounter()
  const document = parseDocument(text, { lineCounter: lines, strict: true, uniqueKeys: true })
  const error = document.errors[0]
  if (error !== undefined) {
    const { line } = lines.linePos(error.pos[0])
    return fault(error.message.split('\n')[0]?.replace(/ at line .*$/, '') ?? error.code, line)
  }
  const read = plain(document)
  if (read.kind === 'fault') return read
  const parsed = Policy.safeParse(read.value)
  if (parsed.success) return { kind: 'policy', policy: parsed.data, hash: hashOf(parsed.data) }
  const issue = parsed.error.issues[0]
  const path = pathOf(issue)
  const message = `${path.length === 0 ? 'policy' : path.join('.')}: ${issue?.message ?? 'invalid'}`
  return fault(message, lineOf(document, path, lines))
}

/** First 12 hex digits of SHA-256 over the settings in force: comments do not make a version. */
export function hashOf(policy: Policy): string {
  return createHash('sha256').update(JSON.stringify(policy)).digest('hex').slice(0, 12)
}

function fault(message: string, line: number | null): Extract<PolicyResult, { kind: 'fault' }> {
  return { kind: 'fault', message: line === null ? message : `line ${line}: ${message}`, line }
}

/** Aliases are followed only now: one without its anchor, and too many of them, are told here. */
function plain(
  document: Document,
): { readonly kind: 'value'; readonly value: unknown } | Extract<PolicyResult, { kind: 'fault' }> {
  try {
    const value: unknown = document.toJS({ maxAliasCount: 100 })
    return { kind: 'value', value: value ?? {} }
  } catch (error) {
    if (error instanceof Error && error.name === 'ReferenceError') return fault(error.message, null)
    throw error
  }
}

/** The field that is at fault; an unknown setting is its own field. */
function pathOf(issue: z.core.$ZodIssue | undefined): readonly string[] {
  const path = (issue?.path ?? []).map(String)
  return issue?.code === 'unrecognized_keys' ? [...path, issue.keys[0] ?? ''] : path
}

function lineOf(document: Document, path: readonly string[], lines: LineCounter): number | null {
  for (let depth = path.length; depth > 0; depth -= 1) {
    const node: unknown = document.getIn(
      path.slice(0, depth).map((part) => (/^\d+$/.test(part) ? Number(part) : part)),
      true,
    )
    const range = node !== null && typeof node === 'object' && 'range' in node ? node.range : null
    if (Array.isArray(range) && typeof range[0] === 'number') return lines.linePos(range[0]).line
  }
  return null
}
