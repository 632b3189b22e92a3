import { describe, expect, test } from '@jest/globals'
import { createLanes } from '../../sinks/lanes.ts'

/** Work that ends when it is told to, and what happened, in order. */
function stage() {
  const acts: string[] = []
  const ends = new Map<string, { done: () => void; fail: (error: Error) => void }>()
  const work = (name: string) => (): Promise<void> => {
    acts.push(`${name} begins`)
    return new Promise((resolve, reject) => {
      ends.set(name, { done: resolve, fail: reject })
    })
  }
  const settle = (name: string) => (): Promise<void> => {
    acts.push(`${name} settled`)
    return Promise.resolve()
  }
  return { acts, work, settle, end: (name: string) => ends.get(name) }
}

const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve))

describe('lanes', () => {
  test('settle in the order of the beginnings, whichever work is done first', async () => {
    const { acts, work, settle, end } = stage()
    const lanes = createLanes(2)
    await lanes.begin(work('first'), settle('first'))
    await lanes.begin(work('second'), settle('second'))
    end('second')?.done()
    await turn()
    expect(acts).toEqual(['first begins', 'second begins'])
    end('first')?.done()
    await lanes.drained()
    expect(acts.slice(2)).toEqual(['first settled', 'second settled'])
  })

  test('begin no more than there are lanes', async () => {
    const { acts, work, settle, end } = stage()
    const lanes = createLanes(2)
    await lanes.begin(work('first'), settle('first'))
    await lanes.begin(work('second'), settle('second'))
    expect(lanes.hasRoom()).toBe(false)
    const third = lanes.begin(work('third'), settle('third'))
    await turn()
    expect(acts).not.toContain('third begins')
    end('first')?.done()
    await third
    expect(acts).toContain('third begins')
  })

  test('settle nothing after a failure, and tell it to whoever asks', async () => {
    const { acts, work, settle, end } = stage()
    const lanes = createLanes(2)
    await lanes.begin(work('first'), settle('first'))
    await lanes.begin(work('second'), settle('second'))
    end('second')?.done()
    end('first')?.fail(new Error('broken'))
    await expect(lanes.drained()).rejects.toThrow('broken')
    await expect(lanes.begin(work('third'), settle('third'))).rejects.toThrow('broken')
    expect(acts).toEqual(['first begins', 'second begins'])
  })
})
