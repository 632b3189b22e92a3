import { describe, expect, test } from '@jest/globals'
import { type AnomalyDetector } from '../../../behaviour/models/anomaly-detector.ts'
import { halfSpaceTrees } from '../../../behaviour/models/half-space-trees.ts'
import { loda } from '../../../behaviour/models/loda.ts'
import { seededDraw } from '../../../lib/seeded-draw.ts'

const DIMENSIONS = 8

/** Ordinary: around one half in every dimension. */
function ordinary(draw: () => number): Float64Array {
  return Float64Array.from({ length: DIMENSIONS }, () => 0.4 + 0.2 * draw())
}

function strange(draw: () => number): Float64Array {
  const point = ordinary(draw)
  point[3] = 0.98
  point[5] = 0.02
  return point
}

describe.each([
  ['LODA', (draw: () => number): AnomalyDetector => loda({ dimensions: DIMENSIONS, draw })],
  [
    'Half-Space Trees',
    (draw: () => number): AnomalyDetector => halfSpaceTrees({ dimensions: DIMENSIONS, draw }),
  ],
] as const)('%s', (_name, make) => {
  function learned(): { readonly detector: AnomalyDetector; readonly draw: () => number } {
    const draw = seededDraw('detectors')
    const detector = make(draw)
    for (let i = 0; i < 1_000; i += 1) detector.learn(ordinary(draw))
    return { detector, draw }
  }

  test('tells strange points from ordinary ones', () => {
    const { detector, draw } = learned()
    let wins = 0
    for (let i = 0; i < 200; i += 1) {
      if (detector.score(strange(draw)) > detector.score(ordinary(draw))) wins += 1
    }
    expect(wins).toBeGreaterThan(190)
  })

  test('names a strange feature first', () => {
    const { detector, draw } = learned()
    const shares = [...detector.explain(strange(draw))]
    const order = shares.map((share, i) => [share, i] as const).sort(([a], [b]) => b - a)
    expect([3, 5]).toContain(order[0]?.[1])
  })

  test('gives the same scores for the same draws', () => {
    const point = Float64Array.from({ length: DIMENSIONS }, () => 0.7)
    expect(learned().detector.score(point)).toBe(learned().detector.score(point))
  })

  test('scores any point with a finite number', () => {
    const { detector } = learned()
    for (const value of [0, 1, -5, 7, NaN]) {
      expect(Number.isFinite(detector.score(new Float64Array(DIMENSIONS).fill(value)))).toBe(true)
    }
  })
})
