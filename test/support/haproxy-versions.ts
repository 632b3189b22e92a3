import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { haproxyVersion } from './haproxy.ts'
import { findProgram } from './programs.ts'

const NEWER = join(import.meta.dirname, '../../.tools/haproxy-3/haproxy')

export interface HaproxyVersion {
  readonly version: string
  readonly program: readonly string[]
}

/** The system's HAProxy and, where scripts/setup-haproxy-3.sh could bring it, one of the 3.x series. */
export function haproxies(): readonly HaproxyVersion[] {
  const programs = [findProgram('haproxy'), existsSync(NEWER) ? NEWER : undefined]
  return programs
    .filter((path) => path !== undefined)
    .map((path) => ({
      version: haproxyVersion([path]).split(' ').slice(0, 3).join(' '),
      program: [path],
    }))
}
