import { type Ability } from './observed.ts'

/**
 * HAProxy's agent-check (configuration manual, section 5.2 "agent-check"): on each connection the agent
 * writes one line of ASCII, ended by CR or LF, of words between blanks and commas, in any order:
 *
 *     75%          share of the declared weight     maxconn:30   connections it wants at most
 *     ready        back from drain and maint        drain, maint administrative state
 *     up           serves                           down, failed, stopped   does not; all after # is for people
 *
 * What no word speaks of stays as it was.
 */
export interface AgentWord {
  readonly percent: number | undefined
  readonly maxConnections: number | undefined
  readonly admin: 'ready' | 'drain' | 'maint' | undefined
  readonly service: 'up' | 'down' | undefined
  /** What the agent says to people. */
  readonly about: string | undefined
}

export type AgentAnswer =
  | { readonly kind: 'word'; readonly word: AgentWord }
  | { readonly kind: 'reject'; readonly code: 'empty' | 'unknown-word' }

/** Bytes of an answer that are looked at. */
export const AGENT_BYTES = 1_024
const MOST_PERCENT = 10_000
const MOST_CONNECTIONS = 1e9

/** Reads the first line of an answer; one word that is not understood makes it no answer. */
export function parseAgentCheck(answer: string): AgentAnswer {
  const line = answer.slice(0, AGENT_BYTES).split(/[\r\n]/, 1)[0] ?? ''
  const mark = line.indexOf('#')
  const about = mark < 0 ? undefined : line.slice(mark + 1).trim()
  const words = (mark < 0 ? line : line.slice(0, mark)).split(/[\s,]/).filter((word) => word !== '')
  if (words.length === 0) return { kind: 'reject', code: 'empty' }
  let word: AgentWord = { ...SILENT, about }
  for (const text of words) {
    const said = partOf(text.toLowerCase())
    if (said === undefined) return { kind: 'reject', code: 'unknown-word' }
    word = { ...word, ...said }
  }
  return { kind: 'word', word }
}

const SILENT: AgentWord = {
  percent: undefined,
  maxConnections: undefined,
  admin: undefined,
  service: undefined,
  about: undefined,
}

function partOf(text: string): Partial<AgentWord> | undefined {
  switch (text) {
    case 'ready':
    case 'drain':
    case 'maint':
      return { admin: text }
    case 'up':
      return { service: 'up' }
    case 'down':
    case 'failed':
    case 'stopped':
      return { service: 'down' }
    default:
      return number(text)
  }
}

function number(text: string): Partial<AgentWord> | undefined {
  if (text.endsWith('%')) {
    const percent = natural(text.slice(0, -1))
    return percent === undefined || percent > MOST_PERCENT ? undefined : { percent }
  }
  if (!text.startsWith('maxconn:')) return undefined
  const maxConnections = natural(text.slice('maxconn:'.length))
  return maxConnections === undefined || maxConnections > MOST_CONNECTIONS
    ? undefined
    : { maxConnections }
}

function natural(digits: string): number | undefined {
  return /^\d{1,10}$/.test(digits) ? Number(digits) : undefined
}

/** What an agent has said so far. */
export interface AgentState {
  readonly percent: number
  readonly maxConnections: number | undefined
  readonly admin: 'ready' | 'drain' | 'maint'
  readonly service: 'up' | 'down'
}

export const FRESH_AGENT: AgentState = {
  percent: 100,
  maxConnections: undefined,
  admin: 'ready',
  service: 'up',
}

/** What holds after one more answer. */
export function said(before: AgentState, word: AgentWord): AgentState {
  return {
    percent: word.percent ?? before.percent,
    maxConnections: word.maxConnections ?? before.maxConnections,
    admin: word.admin ?? before.admin,
    service: word.service ?? before.service,
  }
}

/** How able that makes the server; a weight of nothing drains, as it does in HAProxy. */
export function abilityOf({ admin, service, percent }: AgentState): Ability {
  if (service === 'down' || admin === 'maint') return 'down'
  return admin === 'drain' || percent === 0 ? 'draining' : 'up'
}
