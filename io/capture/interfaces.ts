import { readdir } from 'node:fs/promises'
import { networkInterfaces } from 'node:os'
import { isSystemError } from './system-error.ts'

/** Names of this machine's network interfaces, those without an address included. */
export async function interfaceNames(): Promise<readonly string[]> {
  try {
    return (await readdir('/sys/class/net')).sort()
  } catch (error) {
    if (!isSystemError(error)) throw error
    // Not Linux: the ones with an address must do.
    return Object.keys(networkInterfaces()).sort()
  }
}
