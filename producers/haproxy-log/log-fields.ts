import { emit, reject } from '../../lib/outcome.ts'
import { type Parsed } from '../../protocols/parsed.ts'

/** What every line of gates/haproxy begins with: the version of its names. */
export const LINE_MARK = 'vst1 '

/** Longer lines are not read: HAProxy itself cuts its lines at 1 KiB, or at `log ... len`. */
export const LONGEST_LINE = 4_096
const MOST_FIELDS = 48

export type FieldsCode = 'too-long' | 'too-many-fields' | 'bad-field' | 'repeated-field'

/**
 * The fields of one line of gates/haproxy (`log-format`):
 *
 *     "vst1" *( SP name "=" value )      name = 1*12( a-z / 0-9 )     value = *( %x21-7E )
 *
 * A value HAProxy does not have is `-`, and left out here. No text of a client is in a line as it is:
 * names are in hex.
 */
export function parseFields(line: string): Parsed<ReadonlyMap<string, string>, FieldsCode> {
  if (line.length > LONGEST_LINE) return reject('too-long', `${line.length} characters`)
  const fields = new Map<string, string>()
  const words = line.slice(LINE_MARK.length).split(' ', MOST_FIELDS + 1)
  if (words.length > MOST_FIELDS) return reject('too-many-fields', `more than ${MOST_FIELDS}`)
  for (const [n, word] of words.entries()) {
    const equals = word.indexOf('=')
    const name = word.slice(0, Math.max(0, equals))
    const value = word.slice(equals + 1)
    if (!NAME.test(name) || !VALUE.test(value)) return reject('bad-field', `field ${n + 1}`)
    if (fields.has(name)) return reject('repeated-field', `field ${n + 1}`)
    if (value !== '-' && value !== '') fields.set(name, value)
  }
  return emit(fields)
}

const NAME = /^[a-z0-9]{1,12}$/
const VALUE = /^[\x21-\x7e]*$/
