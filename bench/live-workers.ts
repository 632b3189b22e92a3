import { type ChildProcess, fork } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'

/** What one capture process came to. */
export interface Captured {
  readonly packets: number
  readonly dropped: number
  readonly records: number
  /** Kernel's time stamp to the observer, milliseconds. */
  readonly p50: number
  readonly p99: number
  readonly max: number
  readonly cpuSeconds: number
}

export interface LiveWorkers {
  /** Ends them, once what was captured is read. */
  stop(): Promise<readonly Captured[]>
}

/** Starts that many capture processes on an interface, each with its share of the packets. */
export async function startWorkers(iface: string, processes: number): Promise<LiveWorkers> {
  const children = Array.from({ length: processes }, (_, share) => {
    const filter = processes === 1 ? WHOLE : halfOf(share)
    return fork(join(import.meta.dirname, 'live-worker.ts'), [iface, filter])
  })
  await Promise.all(children.map((child) => heard(child)))
  return {
    stop: () =>
      Promise.all(
        children.map(async (child) => {
          const said = heard(child)
          child.send('stop')
          return (await said) as Captured
        }),
      ),
  }
}

const WHOLE = 'tcp or ip or ip6'

/** Both directions of a connection fall into the same half. */
function halfOf(bit: number): string {
  return (
    `(ip and (ip[15] + ip[19]) & 1 = ${bit}) or ` + `(ip6 and (ip6[23] + ip6[39]) & 1 = ${bit})`
  )
}

async function heard(child: ChildProcess): Promise<unknown> {
  const [said] = (await Promise.race([
    once(child, 'message'),
    once(child, 'exit').then(() => Promise.reject(new Error('a capture process ended early'))),
  ])) as readonly unknown[]
  return said
}
