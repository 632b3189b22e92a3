import { execFile } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { hostname } from 'node:os'
import { promisify } from 'node:util'

const OS: Readonly<Record<string, string>> = { win32: 'windows' }
const ARCHITECTURE: Readonly<Record<string, string>> = { x64: 'amd64', ia32: '386' }

/**
 * What a device fingerprint may be made of, by the names of DEVICE_FIELDS, spelled as the Go helper spells it, so that a
 * machine is one device whichever helper it uses.
 */
export async function deviceFacts(): Promise<Readonly<Record<string, string>>> {
  return {
    'machine-id': (await machineId()).trim().toLowerCase(),
    hostname: hostname().toLowerCase(),
    os: OS[process.platform] ?? process.platform,
    architecture: ARCHITECTURE[process.arch] ?? process.arch,
  }
}

/** systemd's machine-id, or what macOS calls IOPlatformUUID; empty when there is neither. */
async function machineId(): Promise<string> {
  if (process.platform === 'darwin') return ioPlatformUuid()
  for (const path of ['/etc/machine-id', '/var/lib/dbus/machine-id']) {
    try {
      return readFileSync(path, 'utf8')
    } catch {
      // Not every system has one: without it the fingerprint is of the other fields.
    }
  }
  return ''
}

async function ioPlatformUuid(): Promise<string> {
  const { stdout } = await promisify(execFile)('ioreg', ['-rd1', '-c', 'IOPlatformExpertDevice'])
  return /"IOPlatformUUID" = "([^"]{1,64})"/.exec(stdout)?.[1] ?? ''
}
