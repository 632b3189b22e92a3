import { describe, expect, test } from '@jest/globals'
import { globSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { ENVIRONMENT } from '../lib/config.ts'
import { ROUTES } from '../routing-api/routes/table.ts'

const ROOT = join(import.meta.dirname, '..')
const read = (file: string): string => readFileSync(join(ROOT, file), 'utf8')
const stages = '{lib,io,producers,processors,sinks,routing-api}/**/*.ts'
const code = globSync(stages, { cwd: ROOT }).map(read).join('\n')

describe('what the manual names is there', () => {
  test('every setting has its line in .env.example', () => {
    const example = read('.env.example')
    const missing = Object.keys(ENVIRONMENT).filter((name) => !example.includes(`${name}=`))
    expect(missing).toEqual([])
  })

  test.each(['docs/operations.md', 'docs/component-spec.md'])('every metric of %s', (file) => {
    const named = [...read(file).matchAll(/\bvestibule_([a-z_]+)/g)].map(([, name]) => name ?? '')
    // Some are counted under their short name; the prefix is added where metrics are made.
    const counted = (name: string): boolean =>
      code.includes(`'vestibule_${name}'`) || code.includes(`'${name}'`)
    expect(named.length).toBeGreaterThan(5)
    expect(named.filter((name) => !counted(name))).toEqual([])
  })

  test('every route of docs/api.md', () => {
    const paths = new Set(ROUTES.map(({ path }) => path))
    const named = [...read('docs/api.md').matchAll(/`(?:[A-Z]+ )?(\/v1\/[\w/:-]+)`/g)]
    const missing = named.map(([, path]) => path ?? '').filter((path) => !paths.has(path))
    expect(missing.filter((path) => !path.endsWith('/CODE'))).toEqual([])
  })

  test.each(globSync('docs/*.md', { cwd: ROOT }))('every file that %s links or cites', (page) => {
    const text = read(page)
    const cited = [
      ...text.matchAll(
        /`((?:test|schemas|lib|protocols|behaviour|processors|producers|routing-api|io|sinks|cli|scripts)\/[\w./-]+)`/g,
      ),
    ]
    const linked = [...text.matchAll(/\]\(([^)#:]+)\)/g)].map(([, path]) =>
      join('docs', path ?? ''),
    )
    const paths = [...cited.map(([, path]) => path ?? ''), ...linked]
    expect(paths.filter((path) => globSync(path, { cwd: ROOT }).length === 0)).toEqual([])
  })
})
