/** The last answers, oldest out first. */
export function createMemory<T>(
  rememberMs: number,
  most: number,
): { get(key: string): T | undefined; set(key: string, answer: T): void } {
  const answers = new Map<string, { readonly answer: T; readonly atMs: number }>()
  return {
    get(key) {
      const found = answers.get(key)
      return found !== undefined && performance.now() - found.atMs <= rememberMs
        ? found.answer
        : undefined
    },
    set(key, answer): void {
      answers.delete(key)
      answers.set(key, { answer, atMs: performance.now() })
      if (answers.size <= most) return
      for (const oldest of answers.keys()) {
        answers.delete(oldest)
        return
      }
    },
  }
}
