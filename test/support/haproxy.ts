import { execFileSync, spawn, type ChildProcess } from 'node:child_process'
import { join } from 'node:path'
import { eventually } from './eventually.ts'
import { findProgram } from './programs.ts'

const CONFIGURATION = join(import.meta.dirname, '../../gates/haproxy')

/** One running HAProxy, master and worker, and what it logged. */
export interface Haproxy {
  readonly lines: readonly string[]
  /** Process ids of master and workers. */
  readonly master: number
  /** Loads its configuration anew, as systemd's `reload` does; resolves when the new worker serves. */
  reload(): Promise<void>
  stop(): Promise<void>
}

export interface HaproxyOptions {
  /** A configuration of gates/haproxy by name, or a path. */
  readonly configuration: string
  readonly environment: Readonly<Record<string, string>>
  /** Command and its first arguments; default the system's. */
  readonly program?: readonly string[]
  /** Is given each line it logs, beside `lines`. */
  readonly logged?: ((line: string) => void) | undefined
}

/** Starts HAProxy on exactly the given file; throws what it says when it does not accept it. */
export async function startHaproxy(options: HaproxyOptions): Promise<Haproxy> {
  const { configuration } = options
  const file = configuration.includes('/')
    ? configuration
    : join(CONFIGURATION, `${configuration}.cfg`)
  const [command = 'haproxy', ...first] = options.program ?? [findProgram('haproxy') ?? 'haproxy']
  const env = { ...process.env, VESTIBULE_LOG: 'stdout', ...options.environment }
  execFileSync(command, [...first, '-c', '-f', file], { env, stdio: 'pipe' })
  const child = spawn(command, [...first, '-W', '-db', '-f', file], { env, stdio: 'pipe' })
  const lines: string[] = []
  const said: string[] = []
  collect(child.stdout, lines, options.logged)
  collect(child.stderr, said)
  let ended = false
  child.once('exit', () => (ended = true))
  const loads = (): number => said.filter((line) => line.includes('Loading success')).length
  await eventually(`${configuration} serves`, () => {
    if (ended) throw new Error(`haproxy ended: ${said.join('\n')}`)
    return said.some((line) => line.includes('Loading success'))
  })
  return {
    lines,
    master: child.pid ?? 0,
    async reload(): Promise<void> {
      const before = loads()
      let askedAt = -Infinity
      await eventually('a new worker', () => {
        // A signal that meets the master while it is still loading is lost.
        if (performance.now() - askedAt > 2_000) {
          askedAt = performance.now()
          child.kill('SIGUSR2')
        }
        return loads() > before
      })
    },
    stop: () => ending(child, () => ended),
  }
}

/** First line of `haproxy -v`. */
export function haproxyVersion(program: readonly string[]): string {
  const [command = '', ...first] = program
  return execFileSync(command, [...first, '-v'], { encoding: 'utf8' }).split('\n')[0] ?? ''
}

/** A field of a log line, `name=value`. */
export function field(line: string, name: string): string | undefined {
  return new RegExp(`(?:^| )${name}=(\\S*)`).exec(line)?.[1]
}

function collect(
  stream: ChildProcess['stdout'],
  into: string[],
  logged?: (line: string) => void,
): void {
  let rest = ''
  stream?.on('data', (chunk: Buffer) => {
    const parts = (rest + chunk.toString('latin1')).split('\n')
    rest = parts.pop() ?? ''
    into.push(...parts)
    if (logged !== undefined) for (const line of parts) logged(line)
  })
}

async function ending(child: ChildProcess, ended: () => boolean): Promise<void> {
  child.kill('SIGTERM')
  const late = setTimeout(() => child.kill('SIGKILL'), 3_000)
  await eventually('haproxy ends', ended)
  clearTimeout(late)
}
