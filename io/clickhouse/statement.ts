import { quoteIdentifier, quoteString, tokensOf, type Token } from './sql-text.ts'

/** An INSERT whose rows follow the statement as bytes. */
export interface InsertHead {
  /** Statement up to where FROM INFILE belongs. */
  readonly target: string
  /** `SETTINGS ...` between target and format, or nothing. */
  readonly settings: string
  readonly format: string
  /** Character at which the rows begin. */
  readonly dataStart: number
}

/**
 * Reads `INSERT INTO t [(columns)] [SETTINGS ...] (FORMAT name | VALUES)` and where its rows begin
 * (ClickHouse: after blanks and one line end). Undefined for everything else, INSERT ... SELECT included.
 */
export function insertHead(text: string): InsertHead | undefined {
  const tokens = tokensOf(text)
  if (!isWord(next(tokens), 'INSERT') || !isWord(next(tokens), 'INTO')) return undefined
  let depth = 0
  let named = false
  let settingsAt: number | undefined
  for (const token of tokens) {
    if (token.text === '(') depth += 1
    else if (token.text === ')') depth -= 1
    else if (depth > 0 || !named) named ||= !isWord(token, 'TABLE') && !isWord(token, 'FUNCTION')
    else if (isWord(token, 'SELECT', 'WITH', 'FROM')) return undefined
    else if (isWord(token, 'SETTINGS')) settingsAt ??= token.start
    else if (isWord(token, 'VALUES', 'FORMAT')) return headAt(text, token, tokens, settingsAt)
  }
  return undefined
}

function headAt(
  text: string,
  token: Token,
  rest: Iterator<Token, void>,
  settingsAt: number | undefined,
): InsertHead | undefined {
  const name = isWord(token, 'VALUES') ? token : next(rest)
  if (name?.kind !== 'word') return undefined
  return {
    target: text.slice(0, settingsAt ?? token.start).trimEnd(),
    settings: settingsAt === undefined ? '' : text.slice(settingsAt, token.start).trim(),
    format: name === token ? 'Values' : name.text,
    dataStart: name.end + (/^[ \t\f]*;?[ \t\f]*\r?\n?/.exec(text.slice(name.end))?.[0].length ?? 0),
  }
}

/** The INSERT with its rows in a file. */
export function insertFromFile(head: InsertHead, file: string): string {
  return [head.target, 'FROM INFILE', quoteString(file), head.settings, 'FORMAT', head.format]
    .filter((part) => part !== '')
    .join(' ')
}

/** The format a query names itself, its last `FORMAT name` outside parentheses, and where that begins. */
export function formatOf(text: string): { readonly name: string; readonly at: number } | undefined {
  let depth = 0
  let at: number | undefined
  let format: { readonly name: string; readonly at: number } | undefined
  for (const token of tokensOf(text)) {
    if (at !== undefined && token.kind === 'word') format = { name: token.text, at }
    if (token.text === '(') depth += 1
    if (token.text === ')') depth -= 1
    at = depth === 0 && isWord(token, 'FORMAT') ? token.start : undefined
  }
  return format
}

/** A query whose answer goes to a file that is there already, in the format it names, else the given one. */
export function intoFile(sql: string, file: string, otherwise: string): string {
  const format = formatOf(sql)
  const query = format === undefined ? sql : sql.slice(0, format.at)
  const name = format?.name ?? otherwise
  return `${query.trimEnd()} INTO OUTFILE ${quoteString(file)} APPEND FORMAT ${quoteIdentifier(name)}`
}

/** The text without its closing semicolon: a comment can follow it. */
export function withoutEnd(text: string): string {
  let end = text.length
  while (end > 0 && /[\s;]/.test(text.charAt(end - 1))) end -= 1
  return text.slice(0, end)
}

function next(tokens: Iterator<Token, void>): Token | undefined {
  const step = tokens.next()
  return step.done === true ? undefined : step.value
}

function isWord(token: Token | undefined, ...words: readonly string[]): boolean {
  return token?.kind === 'word' && words.includes(token.text.toUpperCase())
}
