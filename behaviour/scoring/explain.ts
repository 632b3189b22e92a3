import { type Contribution } from '../../schemas/generated/records.ts'
import { type Assessment } from './combine.ts'
import { type EvidenceRow } from './merge-evidence.ts'

/**
 * Points that sum to `value`: the scale's base, what speaks for hostile shared in proportion to its
 * nats, what speaks against it likewise, and what a cap took off (behaviour-models 4.9).
 */
export function explain(
  rows: readonly EvidenceRow[],
  toValue: (nats: number) => number,
  { value, p, cap }: Pick<Assessment, 'value' | 'p' | 'cap'>,
  clientDays: number,
): readonly Contribution[] {
  const base = toValue(0)
  const against = sum(rows.filter(({ nats }) => nats < 0))
  const speaking = sum(rows.filter(({ nats }) => nats > 0))
  const up = toValue(speaking) - base
  const mapped = toValue(speaking + against)
  const down = mapped - toValue(speaking)
  const told = rows.map(({ family: _family, ...row }) => ({
    ...row,
    points: row.nats > 0 ? (up * row.nats) / speaking : share(down, row.nats, against),
  }))
  told.sort((a, b) => b.points - a.points || b.nats - a.nats)
  if (base > 0) told.push(line('base', base, 'where every client starts on this scale'))
  if (value > mapped && p !== null) told.push(rarity(value - mapped, p, clientDays))
  else if (value !== mapped || cap !== null) {
    told.push(line('cap', value - mapped, 'a safety rule holds the score down'))
  }
  return told
}

/** What calibration adds to the assumed scale. */
function rarity(points: number, p: number, clientDays: number): Contribution {
  const text = `so much speaks against few of the ${clientDays} client-days that ended well here`
  return { ...line('calibration', points, text), value: p, unit: 'p', oneIn: Math.round(1 / p) }
}

function share(down: number, nats: number, against: number): number {
  return against === 0 ? 0 : (down * nats) / against
}

function sum(rows: readonly EvidenceRow[]): number {
  return rows.reduce((total, { nats }) => total + nats, 0)
}

function line(feature: string, points: number, text: string): Contribution {
  return {
    feature,
    value: points,
    unit: 'points',
    baseline: null,
    oneIn: null,
    nats: 0,
    points,
    text,
  }
}
