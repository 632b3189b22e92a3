import { describe, expect, test } from '@jest/globals'
import { createLogger, printable } from '../../io/log.ts'

function lines(): { readonly written: string[]; write(line: string): void } {
  const written: string[] = []
  return { written, write: (line) => void written.push(line) }
}

describe('the log', () => {
  test('wire text cannot forge a line or command a terminal', () => {
    const to = lines()
    createLogger('test', to).warn('bad\nname', { user: 'a\u001b[2J\r\n{"level":"info"}' })
    expect(to.written).toHaveLength(1)
    const line = JSON.parse(to.written[0] ?? '') as { msg: string; user: string; level: string }
    expect(line.level).toBe('warn')
    expect(line.msg).toBe('bad\\x0aname')
    expect(line.user).toBe('a\\x1b[2J\\x0d\\x0a{"level":"info"}')
  })

  test('secrets are replaced, at the top and one level below', () => {
    const to = lines()
    createLogger('test', to).info('request', {
      token: 'abc',
      headers: { authorization: 'Bearer x' },
    })
    expect(to.written[0]).not.toContain('abc')
    expect(to.written[0]).not.toContain('Bearer')
  })

  test('errors keep name, message and code', () => {
    const to = lines()
    createLogger('test', to).error('failed', {
      error: Object.assign(new Error('no'), { code: 'E' }),
    })
    expect(to.written[0]).toContain('"error":{"name":"Error","message":"no","code":"E"}')
  })

  test('long text is cut', () => {
    expect(printable('a'.repeat(600))).toBe(`${'a'.repeat(512)}[cut]`)
  })
})
