import { chmodSync, existsSync, mkdirSync, readdirSync, statSync } from 'node:fs'
import { join } from 'node:path'

/** What an installation has in its data folder. */
const OURS =
  /^(secrets\.json|api-keys\.json|event-log|clickhouse(-config|-spool)?|logs|gate-ssh|log\.sock|follow-.*\.json|\.vestibule-demonstration)$/

/**
 * Makes the data folder, or takes an older one out of others' sight: mode 0750. Where root owns it others
 * may pass through (0751), for the embedded ClickHouse gives up root and has its folder inside; what lies
 * there is 0600, 0640 and 0700. A folder that holds other things too, as /tmp would, stays as it is.
 */
export function openDataFolder(path: string): void {
  const asRoot = process.geteuid?.() === 0
  mkdirSync(path, { recursive: true, mode: asRoot ? 0o751 : 0o750 })
  if (!readdirSync(path).every((name) => OURS.test(name))) return
  narrow(path, asRoot ? 0o751 : 0o750)
  const logs = join(path, 'logs')
  if (existsSync(logs)) narrow(logs, 0o750)
}

/** Takes rights away, never gives any; those of somebody else's folder are theirs to set. */
function narrow(folder: string, most: number): void {
  const { mode, uid } = statSync(folder)
  const rights = mode & 0o777
  if (uid === process.geteuid?.() && (rights & ~most) !== 0) chmodSync(folder, rights & most)
}
