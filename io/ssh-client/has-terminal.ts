import { closeSync, openSync } from 'node:fs'

/** The controlling terminal, opened for asking; undefined when there is none or it is not ours to use. */
export function openTerminal(): number | undefined {
  try {
    return openSync('/dev/tty', 'r+')
  } catch {
    // ENXIO: no controlling terminal. EACCES, EPERM: not ours. All mean that nobody can be asked here.
    return undefined
  }
}

/** Whether there is a terminal to ask on. */
export function hasTerminal(): boolean {
  const descriptor = openTerminal()
  if (descriptor !== undefined) closeSync(descriptor)
  return descriptor !== undefined
}
