import { type Contribution } from '../../schemas/generated/records.ts'
import { type Evidence } from '../evidence/evidence.ts'
import { featureOf } from '../evidence/features.ts'

/** What weighs of a feature's share of S. */
export interface WeighedRow {
  readonly feature: string
  readonly family: string | null
  readonly nats: number
}

/** One feature's share of S, and what explains it. */
export interface EvidenceRow extends Omit<Contribution, 'points'>, WeighedRow {}

/** Rows `combine` adds to explain itself; they carry no evidence and are dropped when read back. */
export const EXPLAINING = ['base', 'cap', 'calibration'] as const

/**
 * Joins S so far and the evidence in hand by feature. A standing fact (`once`) that S already holds
 * is not counted again: only what the newest look adds to it is.
 */
export function mergeEvidence(
  priorNats: number,
  prior: readonly Contribution[],
  evidence: readonly Evidence[],
): readonly EvidenceRow[] {
  const rows = new Map<string, EvidenceRow>()
  let explained = 0
  for (const { points: _points, ...row } of prior) {
    if (row.nats === 0 || EXPLAINING.some((name) => name === row.feature)) continue
    explained += row.nats
    rows.set(row.feature, { ...row, family: featureOf(row.feature)?.family ?? null })
  }
  const rest = priorNats - explained
  if (Math.abs(rest) > 0.005) rows.set('history', history(rest))
  for (const item of evidence) rows.set(item.feature, joined(rows.get(item.feature), item))
  return [...rows.values()]
}

function joined(before: EvidenceRow | undefined, item: Evidence): EvidenceRow {
  const { feature, family, value, unit, baseline, oneIn, text } = item
  const row = { feature, family, value, unit, baseline, oneIn, text, nats: item.nats }
  if (before === undefined) return row
  const nats = before.nats + item.nats
  switch (featureOf(feature)?.repeats) {
    case 'once':
      return before.nats >= item.nats ? before : row
    case 'counts':
      return { ...row, nats, value: before.value + value }
    case 'adds':
    case undefined:
      return { ...row, nats }
  }
}

function history(nats: number): EvidenceRow {
  return {
    feature: 'history',
    family: null,
    nats,
    value: nats,
    unit: 'nats',
    baseline: 0,
    oneIn: null,
    text: 'earlier evidence about this client',
  }
}
