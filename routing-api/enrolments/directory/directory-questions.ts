import { normalAnswer } from '../normal-answer.ts'
import { type DirectoryEntry } from './directory-entry.ts'

/** A question about somebody that the directory answers. */
export interface DirectoryQuestion {
  readonly user: string
  /** Name of the enrolment, one for each kind. */
  readonly name: string
  readonly question: string
  readonly answer: string
  /** Share of all people of the directory who would give the same answer. */
  readonly share: number
}

interface Template {
  readonly name: string
  /** Attributes of LDAP schemas (RFC 4519, RFC 2798, Active Directory) and what exports call them. */
  readonly attributes: readonly string[]
  readonly question: string
  readonly answer: (value: string) => string | undefined
}

const asItIs = (value: string): string => value
/** The last part of a common name; of a DN (RFC 4514) its first component is the name. */
const familyName = (value: string): string | undefined =>
  (/^[A-Za-z]+=((?:\\.|[^,\\])*)/.exec(value)?.[1] ?? value)
    .replace(/\\(.)/g, '$1')
    .trim()
    .split(/\s+/)
    .at(-1)
const lastDigits = (value: string): string | undefined => {
  const digits = value.replace(/\D/g, '')
  return digits.length >= 6 ? digits.slice(-4) : undefined
}

const TEMPLATES: readonly Template[] = [
  template('employee-number', 'What is your employee number?', asItIs, [
    ...['employeenumber', 'employeeid', 'employee number', 'employee_id', 'personnel number'],
  ]),
  template('telephone', 'What are the last four digits of your office telephone?', lastDigits, [
    ...['telephonenumber', 'telephone', 'phone', 'office phone'],
  ]),
  template('mobile', 'What are the last four digits of your mobile at work?', lastDigits, [
    ...['mobile', 'mobile phone', 'cell'],
  ]),
  template('room', 'What is the number of your room at work?', asItIs, [
    ...['roomnumber', 'room', 'physicaldeliveryofficename'],
  ]),
  template('manager', 'What is the family name of your manager?', familyName, [
    ...['manager', 'supervisor', 'reports to'],
  ]),
  template('title', 'What is your job title?', asItIs, ['title', 'job title', 'jobtitle']),
  template('department', 'What is the name of your department?', asItIs, [
    ...['department', 'departmentname', 'ou'],
  ]),
  template('town', 'In which town do you work?', asItIs, ['l', 'city', 'town', 'localityname']),
]

const USER_ATTRIBUTES = ['uid', 'samaccountname', 'user', 'username', 'login', 'userid']
/** An answer that more people than this share is guessed by whoever knows the place. */
const COMMON = 0.2
const MOST_OF_A_USER = 3

export interface DirectoryRules {
  /** Attribute with the name people log in by; undefined: the first known one. */
  readonly userAttribute: string | undefined
}

export interface DirectoryQuestions {
  readonly questions: readonly DirectoryQuestion[]
  readonly people: number
  /** People without a user name, or of whom nothing usable is known. */
  readonly without: number
}

/**
 * Questions made of a directory: of each person the three whose answers the fewest share. An answer is as secret as the
 * directory is: colleagues know it, and often the public. Registered questions are better, one-time codes better still.
 */
export function directoryQuestions(
  entries: readonly DirectoryEntry[],
  { userAttribute }: DirectoryRules,
): DirectoryQuestions {
  const names = userAttribute === undefined ? USER_ATTRIBUTES : [userAttribute.toLowerCase()]
  const people = new Map<string, readonly Candidate[]>()
  for (const entry of entries) {
    const user = first(entry, names)
    if (user === undefined || user.length > 256 || people.has(user)) continue
    people.set(user, candidatesOf(entry))
  }
  const shares = tally([...people.values()].flat())
  let without = entries.length - people.size
  const questions = [...people].flatMap(([user, candidates]) => {
    const rare = candidates
      .map((one) => ({ ...one, share: (shares.get(keyOf(one)) ?? 1) / people.size }))
      .filter(({ share }) => share <= COMMON || people.size < 5)
      .sort((a, b) => a.share - b.share)
      .slice(0, MOST_OF_A_USER)
    if (rare.length === 0) without += 1
    return rare.map(({ name, question, answer, share }) => ({
      user,
      name,
      question,
      answer,
      share,
    }))
  })
  return { questions, people: people.size, without }
}

interface Candidate {
  readonly name: string
  readonly question: string
  readonly answer: string
}

function candidatesOf(entry: DirectoryEntry): readonly Candidate[] {
  return TEMPLATES.flatMap(({ name, attributes, question, answer }) => {
    const value = first(entry, attributes)
    const text = value === undefined ? undefined : answer(value)
    // One or two characters are guessed.
    if (text === undefined || normalAnswer(text).length < 3) return []
    return [{ name: `directory-${name}`, question, answer: text }]
  })
}

function tally(candidates: readonly Candidate[]): ReadonlyMap<string, number> {
  const counts = new Map<string, number>()
  for (const one of candidates) counts.set(keyOf(one), (counts.get(keyOf(one)) ?? 0) + 1)
  return counts
}

function keyOf({ name, answer }: Candidate): string {
  return `${name} ${normalAnswer(answer)}`
}

function first(entry: DirectoryEntry, names: readonly string[]): string | undefined {
  for (const name of names) {
    const value = entry.get(name)?.[0]
    if (value !== undefined) return value
  }
  return undefined
}

function template(
  name: string,
  question: string,
  answer: Template['answer'],
  attributes: readonly string[],
): Template {
  return { name, attributes, question, answer }
}
