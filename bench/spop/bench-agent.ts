import { fork, type ChildProcess } from 'node:child_process'
import { join } from 'node:path'

/** `VESTIBULE_BENCH_PROFILE=DIR`: a profile of the agent, for who wants to make it faster. */
const DIR = process.env['VESTIBULE_BENCH_PROFILE']
const PROFILE = DIR === undefined ? [] : ['--cpu-prof', `--cpu-prof-dir=${DIR}`]

/** The agent in a process of its own, and its processor time. */
export interface BenchAgent {
  readonly port: number
  /** User and system time so far, microseconds. */
  cpuUs(): Promise<number>
  stop(): void
}

export function startBenchAgent(
  port = 0,
  records: 'records' | 'bare' = 'records',
): Promise<BenchAgent> {
  const child = fork(join(import.meta.dirname, 'agent-process.ts'), [String(port), records], {
    execArgv: [...PROFILE, '--disable-warning=ExperimentalWarning'],
  })
  const stop = (): void => {
    child.disconnect()
  }
  return new Promise((resolve, reject) => {
    child.once('error', reject)
    child.once('message', (at) => {
      resolve({ port: Number(at), cpuUs: () => cpuOf(child), stop })
    })
  })
}

function cpuOf(child: ChildProcess): Promise<number> {
  return new Promise((resolve) => {
    child.once('message', (usage: { user: number; system: number }) => {
      resolve(usage.user + usage.system)
    })
    child.send('cpu')
  })
}
