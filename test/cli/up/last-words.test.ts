import { afterAll, describe, expect, test } from '@jest/globals'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { lastWords } from '../../../cli/up/last-words.ts'
import { temporaryFolder } from '../../support/programs.ts'

const folder = temporaryFolder('last-words')
afterAll(() => {
  folder.remove()
})

describe('the last words of a service', () => {
  test.each([
    [
      'the message of a JSON line',
      '{"msg":"first"}\n{"level":"warn","msg":"the \\"last\\" one"}\n',
      'the "last" one',
    ],
    ['a plain sentence', 'vestibule: port 1 is taken\n', 'port 1 is taken'],
    ['a line that only looks like JSON', '{"msg":\n', '{"msg":'],
    ['nothing that could command a terminal', '\u001b[2J\u009b31m boo\n', '\\x1b[2J\\x9b31m boo'],
    ['the end of a long log only', `${'x'.repeat(1_000_000)}\nthe end\n`, 'the end'],
  ])('are %s', (_name, content, words) => {
    const file = join(folder.path, 'service.log')
    writeFileSync(file, content)
    expect(lastWords(file)).toBe(words)
  })

  test('are said to be none where it wrote nothing', () => {
    const file = join(folder.path, 'silent.log')
    writeFileSync(file, '')
    expect(lastWords(file)).toBe(`it wrote nothing to ${file}`)
  })
})
