/** One person of a directory: attribute names in small letters, values as they stand. */
export type DirectoryEntry = ReadonlyMap<string, readonly string[]>

/** What a file of people may hold at the most: it may have been made by anybody. */
export const DIRECTORY_LIMITS = {
  bytes: 64 * 1024 * 1024,
  entries: 100_000,
  attributes: 256,
  /** Characters of one value; longer ones are left out. */
  value: 1_024,
} as const

export type DirectoryResult =
  | {
      readonly kind: 'entries'
      readonly entries: readonly DirectoryEntry[]
      /** Lines or records that could not be understood and were left out. */
      readonly leftOut: number
    }
  | { readonly kind: 'fault'; readonly message: string }

/** Puts a value in, within the limits; false when it was left out. */
export function putValue(entry: Map<string, string[]>, name: string, value: string): boolean {
  const key = name.trim().toLowerCase()
  const trimmed = value.trim()
  if (key === '' || trimmed === '') return true
  if (trimmed.length > DIRECTORY_LIMITS.value || /\p{Cc}/u.test(trimmed)) return false
  const known = entry.get(key)
  if (known === undefined) {
    if (entry.size >= DIRECTORY_LIMITS.attributes) return false
    entry.set(key, [trimmed])
    return true
  }
  if (known.length >= 16) return false
  known.push(trimmed)
  return true
}

export function tooMany(): DirectoryResult {
  return { kind: 'fault', message: `has more than ${DIRECTORY_LIMITS.entries} entries` }
}
