import { type Habit as HabitRecord } from '../../schemas/generated/records.ts'
import { type Habit } from '../../behaviour/servers/group.ts'
import { type HabitView } from '../decisions/server-view.ts'

/** Habits kept; the one that changed longest ago gives way. */
const MOST = 500_000

/** Habits of clients as the processors tell them. There are few different ones: each is kept once. */
export class HabitTable implements HabitView {
  readonly #habits = new Map<string, Habit>()
  readonly #kinds = new Map<string, Habit>()

  get size(): number {
    return this.#habits.size
  }

  find(entity: string): Habit | undefined {
    return this.#habits.get(entity)
  }

  apply({ entity, size, pace, resumption }: HabitRecord): void {
    const name = `${size}/${pace}/${resumption}`
    const kind = this.#kinds.get(name) ?? { size, pace, resumption }
    // A word of a later version is not kept for good: there are twelve kinds.
    if (this.#kinds.size < 64) this.#kinds.set(name, kind)
    this.#habits.delete(entity)
    this.#habits.set(entity, kind)
    if (this.#habits.size <= MOST) return
    for (const oldest of this.#habits.keys()) {
      this.#habits.delete(oldest)
      break
    }
  }

  remove(entity: string): void {
    this.#habits.delete(entity)
  }

  /** Forgets a client entity, and it with each of its programs. */
  erase(client: string): void {
    this.#habits.delete(`ip:${client}`)
    for (const entity of this.#habits.keys()) {
      if (entity.startsWith(`ip-fp:${client}|`)) this.#habits.delete(entity)
    }
  }
}
