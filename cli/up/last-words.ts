import { closeSync, fstatSync, openSync, readSync } from 'node:fs'
import { z } from 'zod'
import { printable } from '../printable.ts'

/** A sentence is short; what a service logged before does not matter. */
const TAIL_BYTES = 8 * 1024
const LogLine = z.object({ msg: z.string() })

/** The last sentence a service wrote to its log, for people: of a JSON line its message. */
export function lastWords(file: string): string {
  const last = tailOf(file).trimEnd().split('\n').at(-1) ?? ''
  if (last === '') return `it wrote nothing to ${file}`
  return printable(messageOf(last).replace(/^vestibule: /, ''))
}

function messageOf(line: string): string {
  if (!line.startsWith('{')) return line
  try {
    const parsed = LogLine.safeParse(JSON.parse(line))
    return parsed.success ? parsed.data.msg : line
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error
    return line
  }
}

function tailOf(file: string): string {
  const handle = openSync(file, 'r')
  try {
    const size = fstatSync(handle).size
    const tail = Buffer.alloc(Math.min(size, TAIL_BYTES))
    readSync(handle, tail, 0, tail.length, size - tail.length)
    return tail.toString('utf8')
  } finally {
    closeSync(handle)
  }
}
