import { execFileSync, spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'

/** Set in the process that has a network of its own. */
const MARK = 'VESTIBULE_OWN_NETWORK'

/**
 * Runs this program again in a network namespace of its own, and gives its exit code; undefined in the process that is
 * already there. There every attacker has an address of its own, and a rule that shuts one out touches nothing of the
 * machine. Throws a sentence where the right to it is missing.
 */
export async function inOwnNetwork(): Promise<number | undefined> {
  if (process.env[MARK] === '1') {
    execFileSync('ip', ['link', 'set', 'lo', 'up'])
    return undefined
  }
  if (spawnSync('unshare', ['--net', 'true']).status !== 0) {
    throw new Error('no right to a network namespace: run this as root (unshare --net)')
  }
  const words = [process.execPath, ...process.execArgv, ...process.argv.slice(1)]
  const env = { ...process.env, [MARK]: '1' }
  const child = spawn('unshare', ['--net', '--', ...words], { stdio: 'inherit', env })
  const pass = (signal: NodeJS.Signals): void => void child.kill(signal)
  process.on('SIGINT', pass).on('SIGTERM', pass)
  await once(child, 'exit')
  return child.exitCode ?? 1
}

/**
 * An address to attack, and the one that the attack comes from: whoever connects to the first here does it from the second,
 * for attack tools cannot be told. `number` below 60,000.
 */
export function roadTo(number: number): { readonly to: string; readonly from: string } {
  const low = `${number >> 8}.${number & 0xff || 255}`
  const road = { to: `127.100.${low}`, from: `127.101.${low}` }
  execFileSync('ip', [
    'route',
    'replace',
    'local',
    road.to,
    'dev',
    'lo',
    'table',
    'local',
    'src',
    road.from,
  ])
  return road
}
