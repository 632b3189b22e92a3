import { execFile } from 'node:child_process'
import { ReadStream, WriteStream } from 'node:tty'
import { type Asker } from '../../gates/ssh/client/choose-asker.ts'
import { EditedLine } from '../../gates/ssh/client/edited-line.ts'
import { openTerminal } from './has-terminal.ts'

/** Asks; undefined when the user gives up (Ctrl-C, Ctrl-D on an empty line, a failing askpass) or there is nobody. */
export async function ask(
  asker: Asker,
  question: string,
  echo: boolean,
  signal: AbortSignal,
): Promise<string | undefined> {
  switch (asker.kind) {
    case 'terminal':
      return askOnTerminal(question, echo, signal)
    case 'askpass':
      return askWithProgram(asker.program, question, signal)
    case 'nobody':
      return undefined
  }
}

function askOnTerminal(
  question: string,
  echo: boolean,
  signal: AbortSignal,
): Promise<string | undefined> {
  const [from, to] = [openTerminal(), openTerminal()]
  if (from === undefined || to === undefined) return Promise.resolve(undefined)
  const input = new ReadStream(from)
  const output = new WriteStream(to)
  return new Promise((resolve) => {
    const line = new EditedLine()
    const finish = (answer: string | undefined): void => {
      input.removeAllListeners('data')
      // Closed, not paused: a paused one still takes what is typed for the next question.
      input.setRawMode(false).destroy()
      output.write('\n', () => {
        output.destroy()
      })
      resolve(answer)
    }
    signal.addEventListener(
      'abort',
      () => {
        finish(undefined)
      },
      { once: true },
    )
    input.setRawMode(true).setEncoding('utf8')
    output.write(`${question} `)
    input.on('data', (text) => {
      for (const key of String(text)) {
        const verdict = line.press(key)
        if (verdict.kind === 'more') {
          if (echo) output.write(verdict.echo)
        } else {
          finish(verdict.kind === 'done' ? line.text : undefined)
          return
        }
      }
    })
    input.resume()
  })
}

function askWithProgram(
  program: string,
  question: string,
  signal: AbortSignal,
): Promise<string | undefined> {
  return new Promise((resolve) => {
    execFile(program, [question], { signal, maxBuffer: 65_536 }, (error, stdout) => {
      resolve(error === null ? (stdout.split(/\r?\n/)[0] ?? '') : undefined)
    })
  })
}
