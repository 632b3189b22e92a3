/** A string literal of ClickHouse SQL. */
export function quoteString(text: string): string {
  return `'${text.replaceAll('\\', '\\\\').replaceAll("'", "\\'")}'`
}

/** A quoted identifier of ClickHouse SQL. */
export function quoteIdentifier(name: string): string {
  return `\`${name.replaceAll('\\', '\\\\').replaceAll('`', '\\`')}\``
}

export type TokenKind = 'word' | 'quoted' | 'string' | 'number' | 'mark' | 'broken'

export interface Token {
  readonly kind: TokenKind
  /** As written, quotes included. */
  readonly text: string
  readonly start: number
  readonly end: number
}

const SPACE = /[\s\uFEFF\u00A0]/
const WORD_START = /[A-Za-z_\u0080-\uFFFF]/
const WORD = /[A-Za-z0-9_$\u0080-\uFFFF]/
const NUMBER = /[A-Za-z0-9_.]/

/**
 * The tokens of a piece of SQL, comments left out, in one pass. It ends at an unterminated literal with
 * a `broken` token. Heredocs are not known: `$` comes out as a mark.
 */
export function* tokensOf(sql: string): Generator<Token, void> {
  let at = 0
  while (at < sql.length) {
    const start = skipBlank(sql, at)
    if (start >= sql.length) return
    const [kind, end] = tokenAt(sql, start)
    yield { kind, text: sql.slice(start, end), start, end }
    at = end
  }
}

function tokenAt(sql: string, start: number): readonly [TokenKind, number] {
  const first = sql.charAt(start)
  if (first === "'") return quotedAt(sql, start, 'string')
  if (first === '`' || first === '"') return quotedAt(sql, start, 'quoted')
  if (WORD_START.test(first)) return ['word', runOf(sql, start, WORD)]
  if (/[0-9]/.test(first)) return ['number', runOf(sql, start, NUMBER)]
  return ['mark', start + 1]
}

function quotedAt(sql: string, start: number, kind: TokenKind): readonly [TokenKind, number] {
  const quote = sql.charAt(start)
  for (let at = start + 1; at < sql.length; at += 1) {
    const here = sql.charAt(at)
    if (here === '\\') at += 1
    else if (here === quote && sql.charAt(at + 1) === quote) at += 1
    else if (here === quote) return [kind, at + 1]
  }
  return ['broken', sql.length]
}

function skipBlank(sql: string, from: number): number {
  let at = from
  for (;;) {
    if (SPACE.test(sql.charAt(at)) && at < sql.length) at += 1
    else if (sql.startsWith('--', at) || sql.startsWith('#!', at)) at = endOf(sql, '\n', at)
    else if (sql.startsWith('/*', at)) at = endOf(sql, '*/', at + 2)
    else return at
  }
}

function endOf(sql: string, mark: string, from: number): number {
  const at = sql.indexOf(mark, from)
  return at < 0 ? sql.length : at + mark.length
}

function runOf(sql: string, start: number, part: RegExp): number {
  let at = start + 1
  while (at < sql.length && part.test(sql.charAt(at))) at += 1
  return at
}
