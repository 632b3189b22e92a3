import { setTimeout as sleep } from 'node:timers/promises'
import { retryDelayMs } from './connection.ts'
import { isFault } from './kafka-client.ts'

/** Asks until the brokers answer or the tries are over. Rejects with the last fault. */
export async function untilServed<T>(ask: () => Promise<T>, retries: number): Promise<T> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await ask()
    } catch (fault) {
      if (!isFault(fault, 'unavailable') || attempt > retries) throw fault
      await sleep(retryDelayMs(attempt))
    }
  }
}
