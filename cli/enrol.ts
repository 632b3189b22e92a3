import { type Command } from 'commander'
import { secretAnswer, typed } from './enrol/ask-secretly.ts'
import { enrolDirectory, type DirectoryFlags } from './enrol/enrol-directory.ts'
import { enrolImport } from './enrol/enrol-import.ts'
import { listEnrolments, putEnrolment, type EnrolFlags } from './enrol/enrolments-client.ts'
import { printable } from './printable.ts'
import { UsageError } from './usage-error.ts'

export function register(program: Command): void {
  const enrol = program
    .command('enrol')
    .description('what users prove themselves with: a question, one-time codes, a client key')
  withWord(enrol.command('question <user>'))
    .description(
      'a question of a user (* for everybody) and its answer, which is stored hashed only',
    )
    .option('--question <text>', 'what is asked; else it is typed')
    .option('--answer-file <file>', 'the answer, - for standard input; else it is typed unseen')
    .option('--name <name>', 'a second question needs another name', 'own')
    .action(question)
  withWord(enrol.command('totp <user>'))
    .description('one-time codes (RFC 6238): prints the key for an authenticator, this once')
    .option('--issuer <name>', 'as the authenticator shows it', 'Vestibule')
    .action(async (user: string, flags: EnrolFlags & { issuer: string }) => {
      const { secret } = await putEnrolment({ kind: 'totp', user, issuer: flags.issuer }, flags)
      tell(flags, { user, uri: secret }, `${secret ?? ''}\n(this once: it cannot be shown again)`)
    })
  withWord(enrol.command('key <name>'))
    .description('a key for the helper of a client: prints it, this once')
    .option('--label <text>', 'whose client it is', '')
    .action(async (name: string, flags: EnrolFlags & { label: string }) => {
      const { secret } = await putEnrolment({ kind: 'key', name, label: flags.label }, flags)
      const line = `[HOST]:PORT ${name} ${secret ?? ''}`
      const hint = '(a line of ~/.ssh/gate_enrolments of the user; shown this once)'
      tell(flags, { name, key: secret }, `${line}\n${hint}`)
    })
  withWord(enrol.command('import <file>'))
    .description('questions an operator has: CSV with user, question, answer and perhaps name')
    .action(enrolImport)
  withWord(enrol.command('directory <file>'))
    .description(
      "questions made of an organisation's directory (CSV or LDIF); asked of nobody who has not consented. Colleagues know the answers: one-time codes are better (docs/privacy.md)",
    )
    .option('--format <format>', 'csv or ldif; else by the name of the file')
    .option('--user-attribute <name>', 'the attribute with the name people log in by')
    .option('--dry-run', 'only say which questions would be made')
    .action((file: string, flags: DirectoryFlags) => enrolDirectory(file, flags))
  withWord(enrol.command('consent <user>'))
    .description("record a user's consent to questions made of the directory")
    .option('--text <file>', 'what the user agreed to, where it was another text than ours')
    .option('--yes', 'the user has agreed, on paper or before')
    .action(consent)
  enrol
    .command('list [user]')
    .description('what is enrolled, without answers and secrets')
    .option('--json', 'what the API answered')
    .action(list)
}

function withWord(command: Command): Command {
  return command
    .option('--reason <text>', 'why; kept with it')
    .option('--actor <name>', 'who; default: the user of this shell')
    .option('--json', 'for machines')
}

function tell({ json }: EnrolFlags, fields: object, text: string): void {
  console.log(json === true ? JSON.stringify(fields) : text)
}

interface QuestionFlags extends EnrolFlags {
  readonly question?: string
  readonly answerFile?: string
  readonly name: string
}

async function question(user: string, flags: QuestionFlags): Promise<void> {
  const text = flags.question ?? (await typed('Question:', true))
  if (text === undefined || text === '') throw new UsageError('give the question with --question')
  const answer = await secretAnswer(flags.answerFile)
  const what = { kind: 'question', user, name: flags.name, question: text, answer }
  const { id } = await putEnrolment(what, flags)
  tell(flags, { id }, `${user} is asked: ${printable(text)}`)
}

/** What a user agrees to, kept with the consent. */
const CONSENT =
  'I agree that answers made of my entry in the directory of my organisation are kept as salted hashes, and that I am asked ' +
  'for them when a login of mine looks unusual. I know that others may know these answers, that I can have one-time codes or ' +
  'questions of my own instead, and that I can withdraw this at any time without any disadvantage.'

async function consent(
  user: string,
  flags: EnrolFlags & { text?: string; yes?: boolean },
): Promise<void> {
  const { readPeople } = await import('./enrol/read-people.ts')
  const text = flags.text === undefined ? CONSENT : readPeople(flags.text).trim()
  if (flags.yes !== true) {
    console.error(text)
    const said = await typed(`Does ${printable(user)} agree? (yes/no)`, true)
    if (said !== 'yes') throw new Error('no consent: nothing was recorded')
  }
  const { id } = await putEnrolment({ kind: 'consent', user, to: 'directory', text }, flags)
  tell(
    flags,
    { id },
    `the consent of ${user} is recorded with its text; 'vestibule erase' withdraws it`,
  )
}

async function list(user: string | undefined, flags: { json?: boolean }): Promise<void> {
  const found = await listEnrolments(user)
  if (flags.json === true) {
    console.log(JSON.stringify(found))
    return
  }
  for (const { id, kind, actor, sinceMs } of found.entries) {
    console.log(
      printable(`${kind.padEnd(9)} ${id}  since ${new Date(sinceMs).toISOString()} by ${actor}`),
    )
  }
  for (const id of found.consents) console.log(printable(`consent   ${id}`))
  console.log(`${found.total} enrolled`)
}
