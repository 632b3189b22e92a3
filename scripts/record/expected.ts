/**
 * Writes test/fixtures/expected.jsonl: what tshark reads in every fixture. The project's own parsers have no part in it.
 */
import { readdirSync, writeFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { readByTshark } from './read-by-tshark.ts'

const FIXTURES = resolve(import.meta.dirname, '../../test/fixtures')

const lines = ['tls', 'ssh'].flatMap((kind) =>
  readdirSync(join(FIXTURES, kind))
    .filter((name) => name.endsWith('.pcap'))
    .sort()
    .flatMap((name) =>
      readByTshark(join(FIXTURES, kind, name)).map((line) => ({
        file: `${kind}/${name}`,
        ...line,
      })),
    ),
)
writeFileSync(
  join(FIXTURES, 'expected.jsonl'),
  lines.map((line) => `${JSON.stringify(line)}\n`).join(''),
)
