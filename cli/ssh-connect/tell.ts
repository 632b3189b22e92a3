/** Says a line to the user, on standard error: standard output is the connection. */
export function tell(text: string): void {
  process.stderr.write(`vestibule: ${text}\n`)
}
