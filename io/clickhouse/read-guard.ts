import { ClickHouseException } from './exception.ts'
import { quoteString, tokensOf, type Token } from './sql-text.ts'
import { KEYWORDS_BEFORE_PARENTHESIS, SYSTEM_TABLES } from './read-role.ts'

/**
 * The outer wall of the read role (the inner one is engine-config.ts). The engine itself parses a
 * stranger's SQL, as the argument of a function that does nothing else, and prints it back; only what it
 * printed is judged, and only what was judged is run. The printed form has one statement, no comments,
 * keywords in capitals and quoted names where a name could be mistaken, so tokens are enough to see every
 * call of a function: a name before a parenthesis.
 */
export function canonicalQuery(sql: string): string {
  return `SELECT formatQuerySingleLine(${quoteString(sql)})`
}

const STATEMENTS = new Set(['SELECT', 'WITH', 'SHOW', 'DESCRIBE', 'EXPLAIN', 'EXISTS', '('])
const SHOWN = new Set(['TABLES', 'DATABASES', 'COLUMNS', 'CREATE', 'FULL', 'EXTENDED'])
const FORBIDDEN = new Set(
  'INSERT ALTER DROP ATTACH DETACH TRUNCATE EXECUTE GRANT REVOKE PARALLEL RENAME KILL OPTIMIZE OUTFILE APPLY SETTINGS'.split(
    ' ',
  ),
)

export interface ReadRules {
  /** Functions and table functions that may be called, in lower case where the engine ignores case. */
  mayCall(name: string): boolean
  /** Names of functions that may not be called. Without parentheses they are lambdas: arrayMap(file, ...). */
  isForbidden(name: string): boolean
}

export type Verdict =
  { readonly kind: 'admit' } | { readonly kind: 'refuse'; readonly reason: string }

/** Judges SQL in the engine's own printed form. What is not understood is refused. */
export function judge(canonical: string, rules: ReadRules): Verdict {
  const tokens = [...tokensOf(canonical)]
  const reason = statementFault(tokens) ?? firstFault(tokens, rules)
  return reason === undefined ? { kind: 'admit' } : { kind: 'refuse', reason }
}

/** What a refused reader is told. */
export function readRefusal(reason: string): ClickHouseException {
  return new ClickHouseException(497, 'ACCESS_DENIED', `The read role may not use ${reason}.`)
}

function statementFault(tokens: readonly Token[]): string | undefined {
  const [first, second] = tokens
  if (first === undefined) return 'an empty query'
  if (!STATEMENTS.has(first.text)) return `the statement ${first.text.slice(0, 40)}`
  if (first.text === 'SHOW' && !SHOWN.has(second?.text ?? '')) return 'this SHOW'
  return undefined
}

function firstFault(tokens: readonly Token[], rules: ReadRules): string | undefined {
  let braced = false
  for (const [at, token] of tokens.entries()) {
    if (token.text === '{') braced = true
    const fault = braced
      ? parameterFault(token)
      : (tokenFault(token, tokens[at - 1], tokens[at + 1], rules) ?? databaseFault(tokens, at))
    if (token.text === '}') braced = false
    if (fault !== undefined) return fault
  }
  return braced ? 'an open parameter' : undefined
}

/** In `{name:Type}`: a parameter of type Identifier would name a table behind the guard's back. */
function parameterFault(token: Token): string | undefined {
  if (token.kind === 'broken' || token.text === '{') return undefined
  return token.text.toLowerCase() === 'identifier' ? 'parameters of type Identifier' : undefined
}

function tokenFault(
  token: Token,
  before: Token | undefined,
  after: Token | undefined,
  rules: ReadRules,
): string | undefined {
  if (token.kind === 'broken') return 'an unfinished literal'
  if (token.kind === 'mark')
    return /[;$#\\]/.test(token.text) ? `the mark ${token.text}` : undefined
  if (token.kind === 'word' && FORBIDDEN.has(token.text)) return token.text
  if (token.text === 'CREATE' && before?.text !== 'SHOW') return 'CREATE'
  if (token.kind !== 'word' && token.kind !== 'quoted') return undefined
  const name = nameOf(token)
  if (after?.text !== '(') {
    const plain = before?.text === '.' || token.text === 'FORMAT' || !rules.isForbidden(name)
    return plain
      ? undefined
      : `the bare name ${name}, which is a function's (a column: table.${name})`
  }
  if (token.kind === 'word' && KEYWORDS_BEFORE_PARENTHESIS.has(token.text)) return undefined
  return rules.mayCall(name) && before?.text !== '.'
    ? undefined
    : `the function ${name.slice(0, 64)}`
}

function databaseFault(tokens: readonly Token[], at: number): string | undefined {
  const [token, dot, table] = tokens.slice(at, at + 3)
  if (token === undefined || dot?.text !== '.' || tokens[at - 1]?.text === '.') return undefined
  if (token.kind !== 'word' && token.kind !== 'quoted') return undefined
  const database = nameOf(token)
  // `default` holds every file of the machine: there a table's name is a path.
  if (database === 'default') return 'the database default'
  if (database !== 'system') return undefined
  const name = table === undefined ? '' : nameOf(table)
  return SYSTEM_TABLES.has(name) ? undefined : `the table system.${name.slice(0, 64)}`
}

function nameOf(token: Token): string {
  return token.kind === 'quoted' ? token.text.slice(1, -1).replace(/\\(.)/g, '$1') : token.text
}
