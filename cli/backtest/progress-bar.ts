const WIDTH = 30
const EVERY_MS = 100

/** A bar on a terminal's standard error, redrawn ten times a second; nothing elsewhere. */
export interface ProgressBar {
  draw(label: string, share: number | undefined, done: number): void
  clear(): void
}

export function progressBar(): ProgressBar {
  let drawnAt = 0
  return {
    draw(label, share, done): void {
      if (!process.stderr.isTTY || Date.now() - drawnAt < EVERY_MS) return
      drawnAt = Date.now()
      const full = Math.round((share ?? 0) * WIDTH)
      const bar = share === undefined ? '' : `[${'#'.repeat(full)}${' '.repeat(WIDTH - full)}] `
      process.stderr.write(`\r\x1b[K${label} ${bar}${done} events`)
    },
    clear(): void {
      if (process.stderr.isTTY) process.stderr.write('\r\x1b[K')
    },
  }
}
