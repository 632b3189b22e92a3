import { HELPERS } from '../ssh-helpers.ts'

/** A helper that is ready to run. */
export interface MatrixHelper {
  readonly name: 'TypeScript' | 'Go'
  /** Without host and port. */
  readonly command: string
}

/** Both helpers, built in the folder, with a state of their own there. */
export function matrixHelpers(folder: string): readonly MatrixHelper[] {
  return HELPERS.map(({ name, command }) => ({
    name: name.includes('Go') ? 'Go' : 'TypeScript',
    command: `${command(folder)} --batch --quiet --state ${folder}`,
  }))
}
