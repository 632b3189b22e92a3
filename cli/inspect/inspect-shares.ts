import { extname } from 'node:path'
import { Worker } from 'node:worker_threads'
import { type CaptureFault } from '../../protocols/packet/capture-fault.ts'
import { SharesJoiner } from '../../producers/inspect/join-shares.ts'
import { sumCounters } from '../../producers/inspect/sum-counters.ts'
import { inspectSummary, type InspectSummary } from '../../producers/inspect/summary.ts'
import { type ObserverCounters } from '../../producers/observe.ts'
import { type ShareMessage, type ShareTask } from './share-messages.ts'

/**
 * Inspects an uncompressed file with several threads: yields the text of its lines as JSON, in pieces
 * that end with a line, then the summary. Every thread reads the whole file and follows its share of
 * the connections (docs/decisions/0007).
 */
export async function* inspectShares(
  path: string,
  size: number,
  threads: number,
): AsyncGenerator<Buffer | InspectSummary> {
  const joiner = new SharesJoiner(threads)
  const counters: ObserverCounters[] = []
  let fault: CaptureFault | undefined
  const crew = new Crew({ path, size, steps: new SharedArrayBuffer(4) }, threads)
  try {
    while (counters.length < threads) {
      for (const { share, message } of await crew.heard()) {
        joiner.add(share, message.batch)
        if (message.end === undefined) continue
        counters.push(message.end.counters)
        fault ??= message.end.fault
      }
      const text = joiner.take()
      if (text.length > 0) yield text
      crew.goOn()
    }
  } finally {
    await crew.dismiss()
  }
  const sum = sumCounters([...counters, joiner.counters])
  yield inspectSummary(sum, fault?.message ?? null)
}

interface Heard {
  readonly share: number
  readonly message: ShareMessage
}

/** The threads, and what they have said and nobody has heard yet. */
class Crew {
  readonly #workers: readonly Worker[]
  /** Steps of the file that each is through with. */
  readonly #steps: number[]
  readonly #written: Int32Array
  #waiting: Heard[] = []
  #failure: Error | undefined
  #wake: () => void = () => undefined

  constructor(task: Omit<ShareTask, 'share'>, threads: number) {
    const program = new URL(`./share-worker${extname(import.meta.url)}`, import.meta.url)
    this.#written = new Int32Array(task.steps)
    this.#steps = Array.from({ length: threads }, () => 0)
    this.#workers = this.#steps.map((_, index) => {
      const workerData: ShareTask = { ...task, share: { index, of: threads } }
      const worker = new Worker(program, { workerData })
      worker.on('message', (message: ShareMessage) => {
        this.#steps[index] = message.end === undefined ? (this.#steps[index] ?? 0) + 1 : Infinity
        this.#waiting.push({ share: index, message })
        this.#wake()
      })
      worker.on('error', (error) => {
        this.#failure = error instanceof Error ? error : new Error(String(error))
        this.#wake()
      })
      return worker
    })
  }

  /** What has been said since the last call, at least one message. */
  async heard(): Promise<readonly Heard[]> {
    while (this.#waiting.length === 0 && this.#failure === undefined) {
      await new Promise<void>((resolve) => {
        this.#wake = resolve
      })
    }
    if (this.#failure !== undefined) throw this.#failure
    const heard = this.#waiting
    this.#waiting = []
    return heard
  }

  /** What was heard has been taken care of: those that wait for it may go on. */
  goOn(): void {
    const through = Math.min(...this.#steps)
    Atomics.store(this.#written, 0, Math.min(through, MOST_STEPS))
    Atomics.notify(this.#written, 0)
  }

  async dismiss(): Promise<void> {
    await Promise.all(this.#workers.map((worker) => worker.terminate()))
  }
}

const MOST_STEPS = 2 ** 31 - 1
