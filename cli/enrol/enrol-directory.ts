import {
  directoryQuestions,
  type DirectoryQuestion,
} from '../../routing-api/enrolments/directory/directory-questions.ts'
import { readCsv } from '../../routing-api/enrolments/directory/read-csv.ts'
import { readLdif } from '../../routing-api/enrolments/directory/read-ldif.ts'
import { UsageError } from '../usage-error.ts'
import { type EnrolFlags } from './enrolments-client.ts'
import { readPeople } from './read-people.ts'
import { upload } from './upload.ts'

export interface DirectoryFlags extends EnrolFlags {
  readonly format?: string
  readonly userAttribute?: string
  readonly dryRun?: boolean
}

/** Questions made of a directory's file; they are asked of nobody who has not consented. */
export async function enrolDirectory(file: string, flags: DirectoryFlags): Promise<void> {
  const text = readPeople(file)
  const format = flags.format ?? (/\.ldif?$/i.test(file) ? 'ldif' : 'csv')
  if (format !== 'csv' && format !== 'ldif') throw new UsageError('--format is csv or ldif')
  const read = format === 'ldif' ? readLdif(text) : readCsv(text)
  if (read.kind === 'fault') throw new Error(`${file} ${read.message}`)
  const made = directoryQuestions(read.entries, { userAttribute: flags.userAttribute })
  const { questions, people, without } = made
  console.error(
    `${people} people, ${questions.length} questions; ${without} people without one, ${read.leftOut} values or lines left out`,
  )
  if (people === 0) throw new Error('nobody has a user name: say which with --user-attribute')
  if (flags.dryRun === true) {
    // Never the answers: this ends on a terminal and in its history.
    console.log(JSON.stringify(countsOf(questions), undefined, 2))
    return
  }
  const items = questions.map(({ user, name, question, answer }) => ({
    name: `${user} ${name}`,
    what: { kind: 'question', user, name, question, answer, source: 'directory' },
  }))
  const done = await upload(items, flags)
  console.log(
    `${done} questions are kept, and asked of nobody yet: the policy must say ssh.questions.directory, and each user consent ` +
      "('vestibule enrol consent USER')",
  )
}

function countsOf(questions: readonly DirectoryQuestion[]): Record<string, number> {
  const counts = new Map<string, number>()
  for (const { question } of questions) counts.set(question, (counts.get(question) ?? 0) + 1)
  return Object.fromEntries(counts)
}
