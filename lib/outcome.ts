/**
 * What a step makes of one input. Bad input is a value, not an exception: the shell that runs the
 * step emits, counts or dead-letters.
 */
export type Outcome<T, Drop extends string = string, Code extends string = string> =
  | { readonly kind: 'emit'; readonly value: T }
  | { readonly kind: 'drop'; readonly reason: Drop }
  | { readonly kind: 'reject'; readonly code: Code; readonly at: string }

export function emit<T>(value: T): { readonly kind: 'emit'; readonly value: T } {
  return { kind: 'emit', value }
}

export function drop<D extends string>(reason: D): { readonly kind: 'drop'; readonly reason: D } {
  return { kind: 'drop', reason }
}

/** `at` says where in the input: a byte offset or a field path. */
export function reject<C extends string>(
  code: C,
  at: string,
): { readonly kind: 'reject'; readonly code: C; readonly at: string } {
  return { kind: 'reject', code, at }
}
