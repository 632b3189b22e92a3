import { readFileSync, statSync } from 'node:fs'
import { DIRECTORY_LIMITS } from '../../routing-api/enrolments/directory/directory-entry.ts'
import { UsageError } from '../usage-error.ts'

/** Text of a file of people, if it is one and not larger than such a file may be. */
export function readPeople(file: string): string {
  const found = statSync(file, { throwIfNoEntry: false })
  if (found === undefined) throw new UsageError(`there is no file ${file}`)
  if (!found.isFile()) throw new UsageError(`${file} is no file`)
  const most = DIRECTORY_LIMITS.bytes
  if (found.size > most) throw new UsageError(`${file} has ${found.size} bytes, more than ${most}`)
  return readFileSync(file, 'utf8')
}
