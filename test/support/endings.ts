import { afterAll } from '@jest/globals'
import { type ChildProcess } from 'node:child_process'
import { once } from 'node:events'

const GRACE_MS = 5_000
const HOOK_MS = 60_000

type End = () => unknown

const children = new Set<ChildProcess>()
const ends: End[] = []
let over = false

/**
 * Ends what this test file started, last first, when the file is through. Unlike an `afterAll` of the file's own it needs
 * no `beforeAll` that came to its end: each thing is registered the moment it exists, and one that a timed-out `beforeAll`
 * starts too late is ended at once.
 */
export function atTheEnd(end: End): void {
  if (over) void Promise.resolve(end())
  else ends.push(end)
}

/** Sees to it that a server of this file is stopped at its end. */
export function stopping<T extends { readonly stop: () => unknown }>(server: T): T {
  atTheEnd(() => server.stop())
  return server
}

/** Sees to it that a child process of this file is gone at its end: asked by `signal`, made to after five seconds. */
export function ending<T extends ChildProcess>(child: T, signal: NodeJS.Signals = 'SIGTERM'): T {
  children.add(child)
  child.once('exit', () => children.delete(child))
  atTheEnd(() => ended(child, signal))
  return child
}

/** Asks a child process to end, and resolves when it is gone. */
export async function ended(
  child: ChildProcess,
  signal: NodeJS.Signals = 'SIGTERM',
): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null || child.pid === undefined) return
  const gone = once(child, 'exit')
  child.kill(signal)
  const force = setTimeout(() => child.kill('SIGKILL'), GRACE_MS)
  await gone
  clearTimeout(force)
}

afterAll(async () => {
  over = true
  const faults: unknown[] = []
  for (const end of ends.splice(0).reverse()) {
    try {
      await end()
    } catch (fault) {
      faults.push(fault)
    }
  }
  if (faults.length > 0) throw new AggregateError(faults, 'not everything could be ended')
}, HOOK_MS)

// A run that is cut short by a signal to jest, or ended by force, leaves nothing behind either.
process.on('exit', () => {
  for (const child of children) child.kill('SIGKILL')
})
