import { readdir } from 'node:fs/promises'
import { networkInterfaces } from 'node:os'

/** Names of this machine's network interfaces, those without an address included. */
export async function interfaceNames(): Promise<readonly string[]> {
  try {
    return (await readdir('/sys/class/net')).sort()
  } catch (error) {
    if (!(error instanceof Error && 'code' in error)) throw error
    // Not Linux: the ones with an address must do.
    return Object.keys(networkInterfaces()).sort()
  }
}
