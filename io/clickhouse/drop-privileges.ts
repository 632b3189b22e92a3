import { chownSync, lstatSync, readdirSync, statSync, type Stats } from 'node:fs'
import { dirname, join, resolve } from 'node:path'

/** Who the process is after the attempt; `kept` says why it stayed root. */
export type Privileges =
  | { readonly kind: 'unprivileged' }
  | { readonly kind: 'dropped'; readonly uid: number; readonly gid: number }
  | { readonly kind: 'kept'; readonly why: string }

/** User and group `nobody` of every Linux: what the kernel shows for ids it does not know. */
const NOBODY = 65_534

/**
 * Turns a process that was started as root into the owner of the data folder, or into `nobody` where root
 * owns that too, for good: all threads, no further groups. The given folders become that user's; everything
 * else below the data folder stays what it is, and so out of the process's reach where it is private.
 */
export function dropPrivileges(dataDir: string, folders: readonly string[]): Privileges {
  if (process.getuid?.() !== 0) return { kind: 'unprivileged' }
  const owner = statSync(dataDir)
  const uid = owner.uid === 0 ? NOBODY : owner.uid
  const gid = owner.gid === 0 ? NOBODY : owner.gid
  const closed = ancestors(dataDir).find((folder) => !mayEnter(statSync(folder), uid, gid))
  if (closed !== undefined) {
    return { kind: 'kept', why: `user ${uid} may not enter ${closed} (chmod o+x would let it)` }
  }
  for (const folder of folders) giveAway(folder, uid, gid)
  process.setgroups?.([gid])
  process.setgid?.(gid)
  process.setuid?.(uid)
  return { kind: 'dropped', uid, gid }
}

/** The folder and all above it. */
function ancestors(folder: string): readonly string[] {
  const path = resolve(folder)
  const above = dirname(path)
  return above === path ? [path] : [path, ...ancestors(above)]
}

function mayEnter({ uid, gid, mode }: Stats, asUid: number, asGid: number): boolean {
  if (uid === asUid) return (mode & 0o100) !== 0
  if (gid === asGid) return (mode & 0o010) !== 0
  return (mode & 0o001) !== 0
}

/** What lies within first: a folder that is given away is so with all its content. Links are left alone. */
function giveAway(path: string, uid: number, gid: number): void {
  const stats = lstatSync(path)
  if (stats.isSymbolicLink() || (stats.uid === uid && stats.gid === gid)) return
  if (stats.isDirectory()) {
    for (const name of readdirSync(path)) giveAway(join(path, name), uid, gid)
  }
  chownSync(path, uid, gid)
}
