import { spawn } from 'node:child_process'

/** How a program ended. */
export interface Ran {
  /** -1 when it was ended by a signal or by the time limit. */
  readonly code: number
  readonly stdout: string
  readonly stderr: string
  readonly ms: number
}

export interface RunOptions {
  readonly input?: string | Buffer
  readonly env?: Readonly<Record<string, string>>
  readonly cwd?: string
  readonly timeoutMs?: number
}

/** Runs a program to its end without a terminal; never rejects. */
export function run(
  program: string,
  args: readonly string[],
  options: RunOptions = {},
): Promise<Ran> {
  const startedAt = performance.now()
  return new Promise((resolve) => {
    const child = spawn(program, args, {
      env: { ...process.env, ...options.env },
      cwd: options.cwd,
      timeout: options.timeoutMs ?? 20_000,
      killSignal: 'SIGKILL',
      stdio: ['pipe', 'pipe', 'pipe'],
    })
    let stdout = ''
    let stderr = ''
    child.stdout.on('data', (text: Buffer) => (stdout += text.toString('latin1')))
    child.stderr.on('data', (text: Buffer) => (stderr += text.toString('latin1')))
    child.stdin.on('error', () => undefined)
    child.stdin.end(options.input ?? '')
    const done = (code: number, more = ''): void => {
      resolve({ code, stdout, stderr: stderr + more, ms: performance.now() - startedAt })
    }
    child.on('error', (error) => {
      done(-1, error.message)
    })
    child.on('close', (code) => {
      done(code ?? -1)
    })
  })
}
