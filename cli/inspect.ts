import { type Command, InvalidArgumentError } from 'commander'
import { type InspectLine } from '../producers/inspect/inspect-line.ts'
import { createHumanLines } from '../producers/inspect/human-lines.ts'
import { textOf } from '../producers/inspect/share-teller.ts'
import { type InspectSummary, summaryText } from '../producers/inspect/summary.ts'
import { inspectInBatches } from './inspect/inspect-file.ts'
import { inspectShares } from './inspect/inspect-shares.ts'
import { threadsFor } from './inspect/threads.ts'

type Line = InspectLine | InspectSummary

/** Written at once, so that a large file does not wait on a call per line. */
const BUFFERED_CHARACTERS = 1 << 16

export function register(program: Command): void {
  program
    .command('inspect')
    .description("a capture's handshakes and SSH connections, no log, no database")
    .argument('<file>', 'pcap or pcapng, gzip or not; - reads standard input')
    .option('--json', 'one JSON object per line, the summary last')
    .option(
      '--threads <n>',
      'for large files on machines with more than two cores; 1 by default',
      count,
    )
    .action(inspect)
}

interface InspectOptions {
  readonly json?: boolean
  readonly threads?: number
}

async function inspect(file: string, options: InspectOptions): Promise<void> {
  const { threads, size } = await threadsFor(file, options.threads)
  if (threads > 1) await inspectTogether(file, size, threads, options.json === true)
  else await inspectAlone(file, options.json === true)
}

async function inspectAlone(file: string, json: boolean): Promise<void> {
  const asText = json ? textOf : forPeople()
  let text = ''
  for await (const lines of inspectInBatches(file)) {
    for (const line of lines) text += asText(line)
    const last = lines.at(-1)
    if (last?.kind === 'summary' && last.fault !== null) process.exitCode = 1
    if (text.length < BUFFERED_CHARACTERS) continue
    await written(text)
    text = ''
  }
  await written(text)
}

async function inspectTogether(
  file: string,
  size: number,
  threads: number,
  json: boolean,
): Promise<void> {
  const asText = json ? textOf : forPeople()
  for await (const piece of inspectShares(file, size, threads)) {
    if (!Buffer.isBuffer(piece)) {
      if (piece.fault !== null) process.exitCode = 1
      await written(asText(piece))
    } else if (json) {
      await written(piece)
    } else {
      const lines = piece.toString().trimEnd().split('\n')
      await written(lines.map((line) => asText(JSON.parse(line) as Line)).join(''))
    }
  }
}

function forPeople(): (line: Line) => string {
  const human = createHumanLines()
  return (line) => (line.kind === 'summary' ? `\n${summaryText(line)}\n` : `${human(line)}\n`)
}

function count(text: string): number {
  const threads = Number(text)
  if (Number.isInteger(threads) && threads >= 1 && threads <= 64) return threads
  throw new InvalidArgumentError('It must be a number from 1 to 64.')
}

/** Resolves when the reader has taken it: a pipe to `head` or `less` sets the pace. */
function written(text: string | Uint8Array): Promise<void> {
  return new Promise((resolve, reject) => {
    process.stdout.write(text, (error) => {
      if (error === null || error === undefined) resolve()
      else if ('code' in error && error.code === 'EPIPE') process.exit(0)
      else reject(error)
    })
  })
}
