import { CsvError, parse } from 'csv-parse/sync'
import { z } from 'zod'
import { DIRECTORY_LIMITS, putValue, tooMany, type DirectoryResult } from './directory-entry.ts'

const Rows = z.array(z.array(z.string()))

/** People of a CSV file (RFC 4180) whose first line names the attributes. */
export function readCsv(text: string): DirectoryResult {
  const rows = rowsOf(text)
  if (rows.kind === 'fault') return rows
  const [names, ...people] = rows.rows
  if (names === undefined) return { kind: 'fault', message: 'is empty' }
  if (people.length > DIRECTORY_LIMITS.entries) return tooMany()
  let leftOut = 0
  const entries = people.flatMap((values) => {
    const entry = new Map<string, string[]>()
    const fits = values.map((value, column) => putValue(entry, names[column] ?? '', value))
    leftOut += fits.filter((taken) => !taken).length
    return entry.size === 0 ? [] : [entry]
  })
  return { kind: 'entries', entries, leftOut }
}

type RowsResult =
  | { readonly kind: 'rows'; readonly rows: readonly (readonly string[])[] }
  | { readonly kind: 'fault'; readonly message: string }

/** Lines of a CSV file as lists of text, within the limits. */
export function rowsOf(text: string): RowsResult {
  try {
    const rows: unknown = parse(text, {
      bom: true,
      relax_column_count: true,
      skip_empty_lines: true,
      max_record_size: DIRECTORY_LIMITS.attributes * DIRECTORY_LIMITS.value,
      to: DIRECTORY_LIMITS.entries + 2,
      delimiter: [',', ';', '\t'],
    })
    return { kind: 'rows', rows: Rows.parse(rows) }
  } catch (error) {
    if (!(error instanceof CsvError)) throw error
    return { kind: 'fault', message: `is no CSV: ${error.message}` }
  }
}
