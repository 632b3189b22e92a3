import { readFileSync } from 'node:fs'
import { expect, test } from '@jest/globals'
import { judgeCampaigns } from '../scripts/evaluate/campaigns.ts'
import { headlineOf, type Headline } from '../scripts/evaluate/headline.ts'
import { CAMPAIGN_DAYS, REDUCED, scenarios } from '../scripts/evaluate/populations.ts'
import { judgeRandomness } from '../scripts/evaluate/randomness.ts'
import { judgeSsh } from '../scripts/evaluate/ssh-scenario.ts'

const POINT = 0.01

test('no headline figure of docs/evaluation.json has fallen by more than a point', () => {
  const told = JSON.parse(readFileSync('docs/evaluation.json', 'utf8')) as Headline
  const found = scenarios('vestibule', REDUCED).map(
    ([name, scenario]) => [name, judgeSsh(scenario)] as const,
  )
  const now = headlineOf(
    found,
    judgeRandomness('vestibule', 50),
    judgeCampaigns('vestibule', CAMPAIGN_DAYS.reduced),
  )
  expect(Object.keys(now)).toEqual(Object.keys(told))
  const fallen = Object.entries(told).filter(([name, figure]) => (now[name] ?? 0) < figure - POINT)
  expect(fallen).toEqual([])
}, 600_000)
