import { describe, expect, test } from '@jest/globals'
import {
  CalibrationRings,
  type CalibrationNews,
} from '../../../processors/population-fold/calibration-rings.ts'
import { ByteReader } from '../../../processors/state/byte-reader.ts'
import { ByteWriter } from '../../../processors/state/byte-writer.ts'

const DAY = 86_400_000
const NOON = 20_000 * DAY + DAY / 2
const stratum = 'calibration/known/own'

function day(client: string, evidence: number) {
  return { protocol: 'ssh', stratum, client, evidence } as const
}

/** What the last word of a later day brings out of quarantine. */
function released(rings: CalibrationRings, atMs: number): readonly CalibrationNews[] {
  return rings.observe(day('203.0.113.1', 0), atMs)
}

describe('trusted client-days', () => {
  test('count once, with the greatest evidence of the day, when the day after is over', () => {
    const rings = new CalibrationRings()
    expect(rings.observe(day('192.0.2.1', 1), NOON)).toEqual([])
    rings.observe(day('192.0.2.1', 3), NOON + 1)
    rings.observe(day('192.0.2.1', 2), NOON + 2)
    expect(released(rings, NOON + DAY)).toEqual([])
    const news = released(rings, NOON + 2 * DAY)
    expect(news).toEqual([
      { protocol: 'ssh', stratum, calibration: { n: 1, knots: [3] }, drift: false },
    ])
  })

  test('of a client that turned out hostile calibrate nothing', () => {
    const rings = new CalibrationRings()
    rings.observe(day('192.0.2.1', 9), NOON)
    rings.observe(day('198.51.100.1', 1), NOON)
    rings.remove('192.0.2.1', 'ssh', NOON + DAY)
    expect(released(rings, NOON + 2 * DAY)[0]?.calibration).toEqual({ n: 1, knots: [1] })
  })

  test('of one network count sixteen times a day', () => {
    const rings = new CalibrationRings()
    for (let host = 0; host < 250; host += 1) rings.observe(day(`192.0.2.${host}`, host), NOON)
    expect(released(rings, NOON + 2 * DAY)[0]?.calibration.n).toBe(16)
  })

  test('are at most the newest 10,000', () => {
    const rings = new CalibrationRings()
    for (let i = 0; i < 12_000; i += 1) rings.observe(day(`10.${i >> 8}.${i & 255}.1`, i), NOON)
    const { calibration } = released(rings, NOON + 2 * DAY)[0] ?? {}
    expect(calibration?.n).toBe(10_000)
    expect(calibration?.knots.slice(0, 2)).toEqual([11_999, 11_998])
    expect(calibration?.knots.length).toBeLessThan(64)
  })

  test('that drift are told of, and judged by the newest day alone', () => {
    const rings = new CalibrationRings()
    const say = (shift: number, atMs: number): readonly CalibrationNews[] =>
      Array.from({ length: 2_000 }, (_, i) =>
        rings.observe(day(`10.${i >> 8}.${i & 255}.1`, shift + (i % 100) / 100), atMs),
      ).flat()
    say(0, NOON)
    say(0, NOON + DAY)
    say(2, NOON + 2 * DAY)
    const quiet = say(2, NOON + 3 * DAY)
    expect(quiet.some(({ drift }) => drift)).toBe(false)
    const [drifted] = released(rings, NOON + 4 * DAY)
    expect(drifted).toMatchObject({ stratum, drift: true, calibration: { n: 2_000 } })
    expect(drifted?.calibration.knots.at(-1)).toBeGreaterThan(1.9)
    expect(released(rings, NOON + 5 * DAY)[0]).toMatchObject({ drift: false })
  })

  test('survive a snapshot, those in quarantine too', () => {
    const rings = new CalibrationRings()
    rings.observe(day('192.0.2.1', 1), NOON)
    released(rings, NOON + 2 * DAY)
    rings.observe(day('192.0.2.2', 2), NOON + 2 * DAY)
    const to = new ByteWriter()
    rings.save(to)
    const restored = new CalibrationRings()
    restored.load(new ByteReader(to.finish()))
    const later = NOON + 4 * DAY
    expect(released(restored, later)).toEqual(released(rings, later))
    // The day of 203.0.113.1 and that of 192.0.2.2 joined the first.
    expect(released(restored, later + 3 * DAY)[0]?.calibration.knots).toEqual([2, 1, 0, 0])
  })
})
