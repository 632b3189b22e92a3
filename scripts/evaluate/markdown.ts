import { type Share } from '../../processors/evaluation/curves.ts'
import { type CampaignRow } from './campaigns.ts'
import { type SshFindings } from './ssh-scenario.ts'
import { type RandomnessRow } from './randomness.ts'

/** A table as prettier would write it: columns of one width. */
export function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const widths = head.map((title, i) =>
    Math.max(3, title.length, ...rows.map((row) => (row[i] ?? '').length)),
  )
  const line = (cells: readonly string[]): string =>
    `| ${cells.map((cell, i) => cell.padEnd(widths[i] ?? 0)).join(' | ')} |`
  const rule = `| ${widths.map((width) => '-'.repeat(width)).join(' | ')} |`
  return [line(head), rule, ...rows.map(line)].join('\n')
}

/** `.993 [.975, .999] 276/278`. */
export function told({ share, low, high, of, n }: Share): string {
  return n === 0 ? '-' : `${three(share)} [${three(low)}, ${three(high)}] ${of}/${n}`
}

function three(x: number): string {
  return x === 1 ? '1' : x === 0 ? '0' : x < 0.001 ? x.toExponential(1) : x.toFixed(3).slice(1)
}

export function kindsTable({ kinds }: SshFindings): string {
  const rows = kinds.map((row) => [
    row.kind,
    row.hostile ? 'hostile' : 'benign',
    told(row.medium),
    told(row.high),
    told(row.critical),
    row.attemptsToAlarm === null
      ? '-'
      : `${row.attemptsToAlarm} / ${row.connectionsToAlarm ?? 0} / ${row.secondsToAlarm ?? 0} s`,
    row.hostile ? told(row.prevented) : '-',
  ])
  return table(
    [
      'client',
      'is',
      'medium or more',
      'high or more',
      'critical',
      'tries / connections / time to alarm, median',
      'tries after the alarm',
    ],
    rows,
  )
}

export function curvesTable(findings: readonly (readonly [string, SshFindings])[]): string {
  const rows = findings.flatMap(([name, { curves }]) =>
    curves.map((curve) => [
      name,
      curve.name,
      curve.averagePrecision.toFixed(3),
      ...curve.at.map(({ detected }) => told(detected)),
    ]),
  )
  return table(['population', 'score', 'AUC-PR', 'FPR 1e-2', 'FPR 1e-3', 'FPR 1e-4'], rows)
}

export function rulesTable({ rules }: SshFindings): string {
  return table(
    ['rule', 'hostile client-days detected', 'benign client-days alarmed', 'a 10,000'],
    rules.map(({ name, detected, falseAlarms }) => [
      name,
      told(detected),
      told(falseAlarms),
      (10_000 * falseAlarms.share).toFixed(1),
    ]),
  )
}

export function calibrationTable({ calibration }: SshFindings): string {
  return table(
    ['risk at least', 'budget', 'benign client-days there'],
    calibration.bands.map(({ value, budget, kept }) => [`${value}`, `${budget}`, told(kept)]),
  )
}

export function randomnessTable(rows: readonly RandomnessRow[]): string {
  return table(
    ['fault', 'bytes', 'by value 1', 'by value 10', 'by value 100'],
    rows.map(({ fault, bytes, found }) => [
      fault,
      `${bytes}`,
      ...found.map(({ share }) => told(share)),
    ]),
  )
}

export function campaignsTable(rows: readonly CampaignRow[]): string {
  return table(
    ['strangers a day', 'campaigns found within 24 h', 'median', 'false alarms in 30 days'],
    rows.map(({ strangers, found, hoursToAlarm, falseAMonth, falseAlarms }) => [
      `${strangers}`,
      told(found),
      hoursToAlarm === null ? '-' : `${hoursToAlarm} h`,
      `${falseAMonth.toFixed(2)} (${falseAlarms})`,
    ]),
  )
}
