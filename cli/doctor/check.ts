/** What one look at the installation found. */
export interface Finding {
  readonly name: string
  readonly state: 'good' | 'warning' | 'bad'
  readonly text: string
  /** How to mend it; absent when nothing is to be done. */
  readonly mend?: string
}

export function good(name: string, text: string): Finding {
  return { name, state: 'good', text }
}

export function warning(name: string, text: string, mend: string): Finding {
  return { name, state: 'warning', text, mend }
}

export function bad(name: string, text: string, mend: string): Finding {
  return { name, state: 'bad', text, mend }
}
