/**
 * What the promise gives, or 'aborted' as soon as the signal aborts. Leaves nothing behind: `Promise.race`
 * against one long-lived promise would keep every value it was ever raced with.
 */
export function orAborted<T>(promise: Promise<T>, signal: AbortSignal): Promise<T | 'aborted'> {
  return new Promise((resolve, reject) => {
    const onAbort = (): void => {
      resolve('aborted')
    }
    if (signal.aborted) onAbort()
    signal.addEventListener('abort', onAbort, { once: true })
    promise.then(resolve, reject).finally(() => {
      signal.removeEventListener('abort', onAbort)
    })
  })
}
