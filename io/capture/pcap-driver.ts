import { spawn } from 'node:child_process'
import { extname } from 'node:path'
import { createInterface } from 'node:readline'
import { Readable } from 'node:stream'
import { fileURLToPath } from 'node:url'
import { z } from 'zod'
import { type CaptureDriver, lastText, type OnStatistics, type Start } from './capture-driver.ts'
import { type LiveSettings } from './live-options.ts'

const KILL_AFTER_MS = 1000

const reportLine = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('ready') }),
  z.object({ kind: z.literal('no-driver'), message: z.string() }),
  z.object({ kind: z.literal('failed'), message: z.string() }),
  z.object({
    kind: z.literal('statistics'),
    ps_recv: z.number(),
    ps_drop: z.number(),
    ps_ifdrop: z.number(),
  }),
])

/** The pcap addon in a process of its own. */
export function startPcap(settings: LiveSettings, onStatistics: OnStatistics): CaptureDriver {
  // The compiled package has the child compiled, too.
  const path = fileURLToPath(new URL(`./pcap-child${extname(import.meta.url)}`, import.meta.url))
  const child = spawn(process.execPath, [path, JSON.stringify(settings)], {
    stdio: ['pipe', 'pipe', 'pipe', 'pipe'],
  })
  const text = lastText(child.stderr)
  let failure = ''
  const started = new Promise<Start>((resolve) => {
    child.once('error', (error) => {
      resolve({ kind: 'failed', text: error.message })
    })
    child.once('close', () => {
      resolve({ kind: 'failed', text: failure === '' ? text() : failure })
    })
    onLines(child.stdio[3], (line) => {
      const report = reportLine.parse(JSON.parse(line))
      if (report.kind === 'failed') failure = report.message
      if (report.kind === 'ready' || report.kind === 'no-driver') resolve({ kind: report.kind })
      if (report.kind !== 'statistics') return
      const { ps_recv: received, ps_drop: dropped, ps_ifdrop: interfaceDropped } = report
      onStatistics({ received, dropped, interfaceDropped })
    })
  })
  child.stdin.on('error', () => undefined)
  return {
    child,
    output: child.stdout,
    started,
    lastWords: () => (failure === '' ? text() : failure),
    stop() {
      child.stdin.end()
      // A child that empties a full ring does not look at its standard input.
      const timer = setTimeout(() => child.kill('SIGKILL'), KILL_AFTER_MS)
      child.once('exit', () => {
        clearTimeout(timer)
      })
    },
  }
}

function onLines(stream: unknown, each: (line: string) => void): void {
  if (!(stream instanceof Readable)) return
  createInterface({ input: stream }).on('line', each)
}
