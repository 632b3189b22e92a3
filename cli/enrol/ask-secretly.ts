import { readFileSync } from 'node:fs'
import { ask } from '../../io/ssh-client/ask-user.ts'
import { UsageError } from '../usage-error.ts'

/** What somebody types, on the terminal even when input and output are files; undefined when there is none to ask on. */
export function typed(question: string, shown: boolean): Promise<string | undefined> {
  return ask({ kind: 'terminal' }, question, shown, new AbortController().signal)
}

/** An answer, from a file (`-`: standard input) or typed twice unseen. Never an argument: shells remember those. */
export async function secretAnswer(file: string | undefined): Promise<string> {
  if (file !== undefined) return readFileSync(file === '-' ? 0 : file, 'utf8').replace(/\r?\n$/, '')
  const first = await typed('Answer (not shown):', false)
  const second = first === undefined ? undefined : await typed('Once more:', false)
  if (first === undefined || second === undefined) {
    throw new UsageError('nobody to ask: give the answer with --answer-file FILE, or - for input')
  }
  if (first !== second) throw new Error('the two answers differ: nothing was enrolled')
  return first
}
