import { describe, expect, test } from '@jest/globals'
import fc from 'fast-check'
import { EventClock } from '../../../protocols/packet/event-clock.ts'

const S = 1e6

function after(...seconds: readonly number[]): { readonly now: number; readonly stamp: number } {
  const clock = new EventClock()
  for (const second of seconds) clock.frame(second * S)
  return { now: clock.now / S, stamp: clock.stamp / S }
}

describe('the clock of what expires', () => {
  test('goes with the frames; the frame at hand is stamped with its own time', () => {
    expect(after(1000)).toEqual({ now: 0, stamp: 0 })
    expect(after(1000, 1002)).toEqual({ now: 0, stamp: 2 })
    expect(after(1000, 1002, 1003)).toEqual({ now: 2, stamp: 3 })
  })

  test('one stamp from the future sets nothing, and holds things back by five minutes at most', () => {
    expect(after(1000, 9e9, 1001, 1002)).toEqual({ now: 1, stamp: 300 })
  })

  test('stands still while frames are a little late', () => {
    expect(after(1000, 1010, 1010, 1009, 1008, 1010)).toEqual({ now: 10, stamp: 10 })
  })

  test('starts anew, and still goes forward, when it is set back', () => {
    expect(after(2000, 2010, 2010, 1000, 1000, 1005, 1005)).toEqual({ now: 15, stamp: 15 })
  })

  test('time that passes without frames counts', () => {
    const clock = new EventClock()
    clock.frame(1000 * S)
    clock.advance(1400 * S)
    expect([clock.now, clock.stamp]).toEqual([400 * S, 400 * S])
  })

  test('never goes back, whatever the frames say', () => {
    const anything = fc.array(fc.double({ noNaN: true, min: -1e18, max: 1e18 }))
    fc.assert(
      fc.property(anything, (times) => {
        const clock = new EventClock()
        let [now, stamp] = [-Infinity, -Infinity]
        times.forEach((time, i) => {
          clock.frame(time)
          if (i > 0 && (clock.now < now || clock.stamp < stamp)) throw new Error('it went back')
          expect(clock.stamp).toBeGreaterThanOrEqual(clock.now)
          ;[now, stamp] = [clock.now, clock.stamp]
        })
      }),
    )
  })
})
