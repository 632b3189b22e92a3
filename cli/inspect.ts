import { type Command } from 'commander'
import { createHumanLines } from '../producers/inspect/human-lines.ts'
import { summaryText } from '../producers/inspect/summary.ts'
import { inspectInBatches } from './inspect/inspect-file.ts'

/** Written at once, so that a large file does not wait on a call per line. */
const BUFFERED_CHARACTERS = 1 << 16

export function register(program: Command): void {
  program
    .command('inspect')
    .description("a capture's handshakes and SSH connections, no log, no database")
    .argument('<file>', 'pcap or pcapng, gzip or not; - reads standard input')
    .option('--json', 'one JSON object per line, the summary last')
    .action(inspect)
}

async function inspect(file: string, options: { readonly json?: boolean }): Promise<void> {
  const human = createHumanLines()
  let text = ''
  for await (const lines of inspectInBatches(file)) {
    for (const line of lines) {
      if (line.kind === 'summary' && line.fault !== null) process.exitCode = 1
      if (options.json === true) text += `${JSON.stringify(line)}\n`
      else text += line.kind === 'summary' ? `\n${summaryText(line)}\n` : `${human(line)}\n`
    }
    if (text.length < BUFFERED_CHARACTERS) continue
    await written(text)
    text = ''
  }
  await written(text)
}

/** Resolves when the reader has taken it: a pipe to `head` or `less` sets the pace. */
function written(text: string): Promise<void> {
  return new Promise((resolve, reject) => {
    process.stdout.write(text, (error) => {
      if (error === null || error === undefined) resolve()
      else if ('code' in error && error.code === 'EPIPE') process.exit(0)
      else reject(error)
    })
  })
}
