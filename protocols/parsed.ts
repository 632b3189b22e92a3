import { type Outcome } from '../lib/outcome.ts'

/** What a parser makes of bytes: a value, or a code and the place at which they went wrong. */
export type Parsed<T, Code extends string> = Exclude<
  Outcome<T, never, Code>,
  { readonly kind: 'drop' }
>
