/** The key exchange's own messages (RFC 4250 section 4.1.2). */
const FIRST_KEX = 30
const LAST_KEX = 49
const HARMLESS = [2, 3, 4]
const MOST_PACKETS = 4

/**
 * Packets that a client sends after its KEXINIT without waiting for the server's: at most one guessed packet of the
 * key exchange (first_kex_packet_follows), and the few that RFC 4253 allows at any time.
 */
export class EarlyPackets {
  readonly raw: Uint8Array[] = []
  #guesses = 0

  /** `follows`: the KEXINIT said that a guess comes. */
  allowGuess(follows: boolean): void {
    this.#guesses = follows ? 1 : 0
  }

  /** False for a packet that has no place here. */
  take(type: number, raw: Uint8Array): boolean {
    if (this.raw.length >= MOST_PACKETS) return false
    const isKex = type >= FIRST_KEX && type <= LAST_KEX
    if (isKex && this.#guesses === 0) return false
    if (!isKex && !HARMLESS.includes(type)) return false
    if (isKex) this.#guesses -= 1
    this.raw.push(raw)
    return true
  }
}
