import { afterEach, describe, expect, test } from '@jest/globals'
import { spawn } from 'node:child_process'
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { supervise, type Supervised } from '../../io/supervisor.ts'
import { ending } from '../support/endings.ts'
import { eventually } from '../support/eventually.ts'

const folder = mkdtempSync(join(tmpdir(), 'vestibule-supervisor-'))
const log = join(folder, 'child.log')
const running: Supervised[] = []

afterEach(async () => {
  await Promise.all(running.splice(0).map((child) => child.stop(1_000)))
})

process.on('exit', () => {
  rmSync(folder, { recursive: true, force: true })
})

/** Starts a Node program under supervision; `next` resolves with each start and end, in order. */
function start(script: string, restart: 'always' | 'no') {
  const happened: string[] = []
  const waiting: (() => void)[] = []
  const note = (word: string): void => {
    happened.push(word)
    for (const wake of waiting.splice(0)) wake()
  }
  const child = supervise(
    {
      name: 'child',
      command: process.execPath,
      args: ['-e', script],
      logFile: log,
      restart,
    },
    {
      started: () => {
        note('started')
      },
      ended: (_name, how, again) => {
        note(`${how}, ${again === undefined ? 'over' : 'again'}`)
      },
    },
  )
  running.push(child)
  const until = async (count: number): Promise<string[]> => {
    while (happened.length < count) await new Promise<void>((resolve) => waiting.push(resolve))
    return happened.slice(0, count)
  }
  return { child, until }
}

describe('supervise', () => {
  test('starts a service again when it is killed', async () => {
    const { child, until } = start('setInterval(() => 0, 1000)', 'always')
    await until(1)
    process.kill(child.pid() ?? 0, 'SIGKILL')
    expect(await until(3)).toEqual(['started', 'SIGKILL, again', 'started'])
  })

  test('lets a job end, and tells its exit code', async () => {
    const { child, until } = start('process.exit(3)', 'no')
    expect(await child.finished).toBe(3)
    expect(await until(2)).toEqual(['started', 'exit code 3, over'])
  })

  test('kills what does not go', async () => {
    const { child } = start(
      "process.on('SIGTERM', () => 0); console.log('deaf'); setInterval(() => 0, 1000)",
      'always',
    )
    await eventually('the child is deaf', () => readFileSync(log, 'utf8').includes('deaf'))
    const pid = child.pid() ?? 0
    await child.stop(100)
    expect(isRunning(pid)).toBe(false)
  })

  test('a service ends when its supervisor is killed', async () => {
    const file = join(folder, 'orphan.pid')
    const service = `require('fs').writeFileSync('${file}', String(process.pid)); process.on('disconnect', () => process.exit(0)); setInterval(() => 0, 1000)`
    const supervisor = `
      import { supervise } from '${new URL('../../io/supervisor.ts', import.meta.url).href}'
      supervise({ name: 'x', command: process.execPath, args: ['-e', ${JSON.stringify(service)}], logFile: '${log}', restart: 'always' },
        { started() {}, ended() {} })`
    const parent = ending(
      spawn(process.execPath, ['--input-type=module', '-e', supervisor], {
        stdio: 'inherit',
      }),
    )
    const pid = await eventually(
      'the service runs',
      () => existsSync(file) && Number(readFileSync(file, 'utf8')),
    )
    parent.kill('SIGKILL')
    await eventually('the service is gone', () => !isRunning(pid))
  })
})

function isRunning(pid: number): boolean {
  try {
    return process.kill(pid, 0)
  } catch {
    return false
  }
}
