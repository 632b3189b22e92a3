import { createReadStream } from 'node:fs'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { inspectFile } from '../cli/inspect/inspect-file.ts'
import { type InspectLine } from '../producers/inspect/inspect-line.ts'
import { compareFile, type Comparison, type Entry, parseEntry } from './conformance/compare.ts'

/** `npm run conformance -- FOLDER`: what inspect says of each file against FOLDER/manifest.jsonl. */
const [folder] = process.argv.slice(2)
if (folder === undefined) {
  process.stderr.write('usage: npm run conformance -- FOLDER (with a manifest.jsonl)\n')
  process.exit(2)
}
process.exitCode = await conformance(folder)

async function conformance(root: string): Promise<number> {
  const totals = new Map<string, { matched: number; expected: number; wrong: number }>()
  let files = 0
  for await (const entry of entries(join(root, 'manifest.jsonl'))) {
    files += 1
    const comparison = compareFile(entry, await linesOf(join(root, entry.file)))
    for (const line of comparison.remarks) process.stdout.write(`${line}\n`)
    add(totals, comparison)
  }
  return report(files, totals)
}

async function linesOf(file: string): Promise<InspectLine[]> {
  const lines: InspectLine[] = []
  for await (const line of inspectFile(file)) if (line.kind !== 'summary') lines.push(line)
  return lines
}

async function* entries(path: string): AsyncGenerator<Entry> {
  for await (const line of createInterface({ input: createReadStream(path) })) {
    if (line.trim() !== '') yield parseEntry(line)
  }
}

type Totals = Map<string, { matched: number; expected: number; wrong: number }>

function add(totals: Totals, comparison: Comparison): void {
  for (const [field, { matched, expected, wrong }] of comparison.fields) {
    const total = totals.get(field) ?? { matched: 0, expected: 0, wrong: 0 }
    total.matched += matched
    total.expected += expected
    total.wrong += wrong
    totals.set(field, total)
  }
}

function report(files: number, totals: Totals): number {
  const all = { matched: 0, expected: 0, wrong: 0 }
  process.stdout.write(`\n${'field'.padEnd(20)} matched/expected  wrong\n`)
  for (const [field, each] of totals) {
    process.stdout.write(
      `${field.padEnd(20)} ${`${each.matched}/${each.expected}`.padEnd(16)}  ${each.wrong}\n`,
    )
    all.matched += each.matched
    all.expected += each.expected
    all.wrong += each.wrong
  }
  const share = all.expected === 0 ? 0 : (100 * all.matched) / all.expected
  process.stdout.write(
    `${files} files: ${all.matched}/${all.expected} values (${share.toFixed(1)} %), ${all.wrong} wrong\n`,
  )
  return all.wrong > 0 || all.expected === 0 ? 1 : 0
}
