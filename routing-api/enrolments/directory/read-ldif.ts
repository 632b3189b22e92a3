import {
  DIRECTORY_LIMITS,
  putValue,
  tooMany,
  type DirectoryEntry,
  type DirectoryResult,
} from './directory-entry.ts'

/**
 * People of an LDIF content file (RFC 2849): what `ldapsearch -LLL` prints.
 *
 *     attribute: text | attribute:: base64 | attribute:< URL    // a line that begins with a space goes on with the last
 *
 * URLs are not followed and changes (changetype) are not applied: they are left out and counted.
 */
export function readLdif(text: string): DirectoryResult {
  const entries: DirectoryEntry[] = []
  let entry = new Map<string, string[]>()
  let leftOut = 0
  const close = (): void => {
    if (entry.has('changetype')) leftOut += 1
    else if (entry.size > 0 && !isVersionAlone(entry)) entries.push(entry)
    entry = new Map()
  }
  for (const line of unfolded(text)) {
    if (line === '') {
      close()
      if (entries.length > DIRECTORY_LIMITS.entries) return tooMany()
    } else if (!line.startsWith('#') && !takeLine(entry, line)) leftOut += 1
  }
  close()
  return entries.length > DIRECTORY_LIMITS.entries
    ? tooMany()
    : { kind: 'entries', entries, leftOut }
}

function isVersionAlone(entry: DirectoryEntry): boolean {
  return entry.size === 1 && entry.has('version')
}

function takeLine(entry: Map<string, string[]>, line: string): boolean {
  const colon = line.indexOf(':')
  if (colon <= 0) return false
  // Options of an attribute (cn;lang-de) are no other attribute to us.
  const name = line.slice(0, colon).split(';')[0] ?? ''
  const rest = line.slice(colon + 1)
  if (rest.startsWith('<')) return false
  if (!rest.startsWith(':')) return putValue(entry, name, rest)
  const encoded = rest.slice(1).trim()
  if (encoded.length > 2 * DIRECTORY_LIMITS.value) return false
  const value = Buffer.from(encoded, 'base64').toString('utf8')
  // Photographs and certificates are no text.
  return !value.includes('\ufffd') && putValue(entry, name, value)
}

/** Logical lines. What goes on beyond any value's length is dropped as it comes. */
function* unfolded(text: string): Generator<string> {
  const most = 4 * DIRECTORY_LIMITS.value
  let held: string | undefined
  for (let at = 0; at <= text.length;) {
    const end = text.indexOf('\n', at)
    const stop = end < 0 ? text.length : end
    const line = text.slice(at, Math.min(stop, at + 2 * most)).replace(/\r$/, '')
    at = stop + 1
    if (held !== undefined && line.startsWith(' ')) {
      if (held.length < most) held += line.slice(1)
    } else {
      if (held !== undefined) yield held
      held = line
    }
  }
  if (held !== undefined) yield held
}
