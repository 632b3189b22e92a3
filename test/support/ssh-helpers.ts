import { execFileSync } from 'node:child_process'
import { join } from 'node:path'
import { findGo } from './go.ts'

const ROOT = join(import.meta.dirname, '../..')

/** A program that speaks the client's side of the protocol: what ssh calls before `HOST PORT`. */
export interface Helper {
  readonly name: string
  readonly command: (folder: string) => string
}

const TYPESCRIPT: Helper = {
  name: 'vestibule ssh-connect',
  command: () => `${join(ROOT, 'bin/vestibule')} ssh-connect`,
}

const GO: Helper = {
  name: 'vestibule-connect (Go)',
  command: (folder) => {
    const program = join(folder, 'vestibule-connect')
    execFileSync(findGo() ?? 'go', ['build', '-o', program, '.'], {
      cwd: join(ROOT, 'gates/ssh/client-go'),
      stdio: 'inherit',
    })
    return program
  },
}

/** Both helpers, or one where there is no Go. */
export const HELPERS: readonly Helper[] = findGo() === undefined ? [TYPESCRIPT] : [TYPESCRIPT, GO]
