import { z } from 'zod'
import { rowsOf } from '../../routing-api/enrolments/directory/read-csv.ts'
import { type EnrolFlags } from './enrolments-client.ts'
import { readPeople } from './read-people.ts'
import { upload } from './upload.ts'

const COLUMNS = ['user', 'question', 'answer'] as const
const Row = z.object({
  user: z.string().min(1),
  question: z.string().min(1),
  answer: z.string().min(1),
  name: z.string().optional(),
})

/** Questions and answers that an operator has: CSV with the columns user, question, answer and perhaps name. */
export async function enrolImport(file: string, flags: EnrolFlags): Promise<void> {
  const rows = rowsOf(readPeople(file))
  if (rows.kind === 'fault') throw new Error(`${file} ${rows.message}`)
  const [head = [], ...lines] = rows.rows
  const names = head.map((name) => name.trim().toLowerCase())
  const missing = COLUMNS.filter((name) => !names.includes(name))
  if (missing.length > 0) throw new Error(`${file}: the first line names no ${missing.join(', ')}`)
  const items = lines.flatMap((line, n) => {
    const row = Row.safeParse(Object.fromEntries(names.map((name, at) => [name, line[at]])))
    if (!row.success) {
      console.error(`line ${n + 2} is left out: ${row.error.issues[0]?.message ?? 'incomplete'}`)
      return []
    }
    const { user, question, answer, name } = row.data
    const given = name === undefined || name === '' ? `imported-${n + 1}` : name
    const what = { kind: 'question', user, name: given, question, answer, source: 'imported' }
    return [{ name: `line ${n + 2}`, what }]
  })
  const done = await upload(items, flags)
  console.log(`${done} questions are enrolled. Delete ${file}: it holds the answers.`)
}
