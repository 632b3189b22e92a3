import { readFileSync } from 'node:fs'

/** How many fingerprints of each kind a tool's output holds; null where it has no such thing. */
export interface Fingerprints {
  readonly ja3: number
  readonly hassh: number | null
  readonly hasshServer: number | null
}

/** Counts them in what `tool` wrote to `path`. */
export function countFingerprints(tool: string, path: string): Fingerprints {
  // One byte a character: these files are larger than the longest string.
  const bytes = readFileSync(path)
  switch (tool) {
    case 'tshark':
      return columns(bytes)
    case 'ndpiReader':
      // Its summary ends with a table headed "JA3C"; HASSH it prints as "HASSH-C".
      return {
        ja3: occurrences(bytes, '[JA3C: '),
        hassh: occurrences(bytes, '[HASSH-C: '),
        hasshServer: occurrences(bytes, '[HASSH-S: '),
      }
    case 'vestibule-events': {
      const last = bytes.toString('utf8')
      const { ja3, hassh, hasshServer } = JSON.parse(last) as Fingerprints
      return { ja3, hassh, hasshServer }
    }
    default:
      return {
        ja3: occurrences(bytes, '"ja3Hash":"'),
        hassh: occurrences(bytes, '"hassh":"'),
        hasshServer: occurrences(bytes, '"hasshServer":"'),
      }
  }
}

function occurrences(bytes: Buffer, text: string): number {
  let count = 0
  for (let at = bytes.indexOf(text); at >= 0; at = bytes.indexOf(text, at + 1)) count += 1
  return count
}

/** The first three columns of tshark's lines; several values in one are joined by commas. */
function columns(bytes: Buffer): Fingerprints {
  const counts = [0, 0, 0]
  for (let at = 0; at < bytes.length;) {
    const newline = bytes.indexOf(10, at)
    const end = newline < 0 ? bytes.length : newline
    const cells = bytes.toString('latin1', at, end).split('\t')
    counts.forEach((count, column) => {
      const values = (cells[column] ?? '').split(',').filter((value) => value !== '')
      counts[column] = count + values.length
    })
    at = end + 1
  }
  const [ja3 = 0, hassh = 0, hasshServer = 0] = counts
  return { ja3, hassh, hasshServer }
}
