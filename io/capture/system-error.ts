/** What Node throws when the system or zlib refuses: an error with a code. */
export interface SystemError {
  readonly code: string
  readonly message: string
}

/** By shape, for errors of Node's own may come from another realm (workers, test runners). */
export function isSystemError(error: unknown): error is SystemError {
  return (
    typeof error === 'object' &&
    error !== null &&
    'code' in error &&
    typeof error.code === 'string' &&
    'message' in error &&
    typeof error.message === 'string'
  )
}
