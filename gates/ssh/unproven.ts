/** A connection that sshd has and that has not logged in yet, as far as the log tells. */
export interface UnprovenConnection {
  /** Ends it. */
  readonly cut: () => void
}

/**
 * Connections by source that were let through and have not logged in. A source that is refused from now on loses those
 * too: each is worth six more tries (sshd's MaxAuthTries) to whoever opened it in time. As many as there are connections.
 */
export class Unproven<Connection extends UnprovenConnection> {
  readonly #bySource = new Map<string, Set<Connection>>()

  add(source: string, connection: Connection): void {
    const all = this.#bySource.get(source) ?? new Set()
    this.#bySource.set(source, all.add(connection))
  }

  /** It logged in, or is over. */
  remove(source: string, connection: Connection): void {
    const all = this.#bySource.get(source)
    if (all?.delete(connection) === true && all.size === 0) this.#bySource.delete(source)
  }

  /** Ends all of a source; how many there were. */
  cut(source: string): number {
    const all = this.#bySource.get(source)
    this.#bySource.delete(source)
    for (const connection of all ?? []) connection.cut()
    return all?.size ?? 0
  }
}
