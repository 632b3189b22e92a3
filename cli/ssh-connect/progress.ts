import { tell } from './tell.ts'

const SILENT_MS = 500
const EVERY_MS = 200

/** Tells how far a puzzle is once it takes more than half a second: a line that renews itself, or one line without a terminal. */
export function progressOnStderr(
  quiet: boolean,
  startedAt: number,
): { readonly at: (solved: number, of: number) => void; readonly end: () => void } {
  const shows = process.stderr.isTTY
  let toldAt: number | undefined
  return {
    at: (solved, of) => {
      const now = performance.now()
      const elapsed = now - startedAt
      if (quiet || elapsed < SILENT_MS || solved === 0) return
      if (toldAt !== undefined && (!shows || now - toldAt < EVERY_MS)) return
      toldAt = now
      const left = ((elapsed / solved) * (of - solved)) / 1_000
      const text = `the gate asks for some computing: ${Math.floor((100 * solved) / of)} %, ${left.toFixed(1)} s left`
      if (shows) process.stderr.write(`\r\u001b[Kvestibule: ${text}`)
      else tell(text)
    },
    end: () => {
      if (shows && toldAt !== undefined) process.stderr.write('\r\u001b[K')
    },
  }
}
