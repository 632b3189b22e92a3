import { describe, expect, test } from '@jest/globals'
import fc from 'fast-check'
import {
  sshBand,
  sshRiskFromEvidence,
  tlsBand,
  tlsScoreFromEvidence,
} from '../../../behaviour/scoring/score-map.ts'

describe('the SPRT map', () => {
  test.each([
    [-3, 5],
    [0, 5],
    [3, 30],
    [6.9, 70],
    [9.2, 90],
    [11.5, 95],
    [13.8, 100],
    [400, 100],
  ])('%d nats are an SSH risk of %d', (nats, risk) => {
    expect(sshRiskFromEvidence(nats)).toBe(risk)
  })

  test.each([
    [-1, 0],
    [6.9, 0.75],
    [9.2, 1],
    [20, 1],
  ])('%d nats are a TLS score of %d', (nats, score) => {
    expect(tlsScoreFromEvidence(nats)).toBe(score)
  })

  test('more evidence never means less risk', () => {
    fc.assert(
      fc.property(
        fc.double({ min: -5, max: 30, noNaN: true }),
        fc.double({ min: 0, max: 9, noNaN: true }),
        (s, more) => {
          expect(sshRiskFromEvidence(s + more)).toBeGreaterThanOrEqual(sshRiskFromEvidence(s))
          expect(tlsScoreFromEvidence(s + more)).toBeGreaterThanOrEqual(tlsScoreFromEvidence(s))
        },
      ),
    )
  })
})

test('the bands of the SSH risk are [0,30) [30,70) [70,90] and above', () => {
  expect([0, 29.9, 30, 69.9, 70, 90, 90.1].map(sshBand)).toEqual([
    'low',
    'low',
    'medium',
    'medium',
    'high',
    'high',
    'critical',
  ])
})

test('the bands of the TLS score stand for the same budgets', () => {
  expect([0, 0.325, 0.75, 0.99, 1].map(tlsBand)).toEqual([
    'low',
    'medium',
    'high',
    'high',
    'critical',
  ])
})
