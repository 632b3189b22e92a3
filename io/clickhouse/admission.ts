import { ClickHouseException } from './exception.ts'

/** Places for running queries, and a bounded queue before them. */
export interface Admission {
  /** Resolves with the way out, which must be called once. Rejects when the queue is full or too slow. */
  enter(): Promise<() => void>
  readonly running: () => number
}

export interface AdmissionLimits {
  readonly places: number
  readonly queue: number
  readonly waitMs: number
}

/** First come, first served. */
export function createAdmission(limits: AdmissionLimits): Admission {
  const waiting = new Set<() => void>()
  let running = 0

  function leave(): void {
    running -= 1
    const [first] = waiting
    if (first === undefined) return
    waiting.delete(first)
    first()
  }

  function once(): () => void {
    running += 1
    let inside = true
    return () => {
      if (inside) leave()
      inside = false
    }
  }

  return {
    running: () => running,
    enter(): Promise<() => void> {
      if (running < limits.places) return Promise.resolve(once())
      if (waiting.size >= limits.queue) return Promise.reject(tooMany(limits.queue))
      return new Promise((resolve, reject) => {
        const turn = (): void => {
          clearTimeout(timer)
          resolve(once())
        }
        const timer = setTimeout(() => {
          waiting.delete(turn)
          reject(tooMany(waiting.size))
        }, limits.waitMs)
        waiting.add(turn)
      })
    },
  }
}

function tooMany(waiting: number): ClickHouseException {
  return new ClickHouseException(
    202,
    'TOO_MANY_SIMULTANEOUS_QUERIES',
    `Too many simultaneous queries: ${waiting} are waiting.`,
  )
}
