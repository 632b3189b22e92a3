import cluster, { type Worker } from 'node:cluster'
import { type Logger } from '../../lib/logger.ts'

/** What the serving process says once it listens, and what it is told. */
const LISTENING = 'listening'
const DRAIN = 'drain'

/** A serving process that ended is replaced after this long; one that never listened ends the gate. */
const AGAIN_AFTER_MS = 500
/** A serving process without sessions ends at once: so long its end is waited for. */
const END_WITHIN_MS = 500

/**
 * Keeps one serving process. The listening sockets belong to this process, which does nothing else: a SIGHUP starts a
 * new serving process that accepts from the very same sockets, and then the old one takes no more connections and
 * serves those it has to the last. No connection is refused or lost meanwhile. When the signal aborts this process
 * ends at once and the serving one stays for its sessions, as sshd's do (KillMode=process).
 * Resolves with the exit code.
 */
export async function keepServing(logger: Logger, signal: AbortSignal): Promise<number> {
  cluster.schedulingPolicy = cluster.SCHED_NONE
  return new Promise((resolve) => {
    let current: Worker | undefined
    let wasServing = false

    function start(): void {
      const worker = cluster.fork()
      worker.on('message', (message) => {
        if (message !== LISTENING) return
        const old = current
        current = worker
        wasServing = true
        if (old === undefined) return
        logger.info('a new process serves; the old one keeps its sessions', {
          new: worker.process.pid,
          old: old.process.pid,
        })
        old.send(DRAIN)
      })
      worker.once('exit', (code, by) => {
        if (signal.aborted || (worker !== current && wasServing)) return
        if (!wasServing) {
          resolve(code === 0 ? 1 : code)
          return
        }
        current = undefined
        logger.error('the serving process ended; it is started again', { code, signal: by })
        setTimeout(start, AGAIN_AFTER_MS)
      })
    }

    process.on('SIGHUP', start)
    signal.addEventListener('abort', () => {
      const late = setTimeout(resolve, END_WITHIN_MS, 0)
      for (const worker of Object.values(cluster.workers ?? {})) {
        worker?.once('exit', () => {
          if (Object.keys(cluster.workers ?? {}).length > 0) return
          clearTimeout(late)
          resolve(0)
        })
        worker?.send(DRAIN)
      }
    })
    start()
  })
}

/** The serving process's side: says that it listens, and aborts when it is told to drain or its keeper is gone. */
export function servedBy(keeper: AbortController): { listening(): void } {
  const { worker } = cluster
  if (worker === undefined) return { listening: () => undefined }
  // Without this Node ends a worker whose primary is gone, and its sessions with it.
  worker.exitedAfterDisconnect = true
  worker.on('message', (message) => {
    if (message === DRAIN) keeper.abort()
  })
  worker.on('disconnect', () => {
    keeper.abort()
  })
  return {
    listening: () => {
      worker.send(LISTENING)
    },
  }
}

/** Whether this process keeps another that serves, and does not serve itself. */
export function isKeeper(): boolean {
  return cluster.isPrimary
}
