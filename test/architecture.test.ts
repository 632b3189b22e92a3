import { describe, expect, test } from '@jest/globals'
import { readdirSync, readFileSync } from 'node:fs'
import { dirname, join, relative, resolve, sep } from 'node:path'

const ROOT = resolve(import.meta.dirname, '..')
const CORE = ['lib', 'schemas', 'protocols', 'behaviour']

/** Which room may import from which: the order is the way the data goes. */
const MAY_IMPORT: Readonly<Record<string, readonly string[]>> = {
  schemas: [],
  lib: ['schemas'],
  protocols: ['lib', 'schemas'],
  behaviour: ['lib', 'schemas', 'protocols'],
  producers: CORE,
  processors: CORE,
  sinks: CORE,
  'routing-api': CORE,
  gates: CORE,
  io: [...CORE, 'producers', 'processors', 'sinks', 'routing-api', 'gates'],
}

function importsOf(file: string): string[] {
  const source = readFileSync(join(ROOT, file), 'utf8')
  return [...source.matchAll(/(?:from|import\()\s*'(\.[^']+)'/g)].map(([, target]) =>
    relative(ROOT, resolve(ROOT, dirname(file), target ?? '')),
  )
}

function filesOf(folder: string): string[] {
  return readdirSync(join(ROOT, folder), { recursive: true, encoding: 'utf8' })
    .filter((file) => file.endsWith('.ts') && !file.endsWith(`main.ts`))
    .map((file) => join(folder, file).split(sep).join('/'))
}

describe('the tree is the pipeline', () => {
  test.each(Object.entries(MAY_IMPORT))('%s imports only what lies upstream', (folder, allowed) => {
    const wrong = filesOf(folder).flatMap((file) =>
      importsOf(file)
        .filter((target) => ![folder, ...allowed].includes(target.split(sep)[0] ?? ''))
        .map((target) => `${file} imports ${target}`),
    )
    expect(wrong).toEqual([])
  })

  test('a service is composed in at most 60 lines', () => {
    const long = ['producers', 'processors', 'sinks', 'routing-api', 'gates', 'gates/ssh']
      .flatMap((stage) => readdirSync(join(ROOT, stage)).map((file) => join(stage, file)))
      .filter((file) => file.endsWith(`${sep}main.ts`))
      .filter((file) => readFileSync(join(ROOT, file), 'utf8').split('\n').length > 61)
    expect(long).toEqual([])
  })
})
