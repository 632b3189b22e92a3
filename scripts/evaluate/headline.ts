import { type CampaignRow } from './campaigns.ts'
import { type RandomnessRow } from './randomness.ts'
import { type SshFindings } from './ssh-scenario.ts'

/** The figures a change must not lower by more than a point, by name; shares. */
export type Headline = Readonly<Record<string, number>>

export function headlineOf(
  found: readonly (readonly [string, SshFindings])[],
  randomness: readonly RandomnessRow[],
  campaigns: readonly CampaignRow[],
): Headline {
  const figures: Record<string, number> = {}
  for (const [name, { curves }] of found) {
    const [ours] = curves
    if (ours === undefined) continue
    figures[`${name}: AUC-PR`] = rounded(ours.averagePrecision)
    for (const { fpr, detected } of ours.at.slice(0, 2)) {
      figures[`${name}: detected at FPR ${fpr}`] = rounded(detected.share)
    }
  }
  const [, first] = found[0] ?? []
  for (const { kind, hostile, high } of first?.kinds ?? []) {
    if (hostile && !kind.startsWith('campaign'))
      figures[`${kind}: high or more`] = rounded(high.share)
    else if (!hostile && (kind === 'interactive' || kind === 'automation')) {
      figures[`${kind}: left alone`] = rounded(1 - high.share)
    }
  }
  for (const { fault, bytes, found: looks } of randomness) {
    const [, ten] = looks
    if (ten !== undefined && !fault.startsWith('none') && !fault.startsWith('a clock')) {
      figures[`${fault}, ${bytes} bytes, by value 10`] = rounded(ten.share.share)
    }
  }
  for (const { strangers, found, falseAlarms } of campaigns) {
    figures[`campaigns found within 24 h, ${strangers} strangers a day`] = rounded(found.share)
    figures[`campaigns without a false alarm, ${strangers} strangers a day`] = 1 / (1 + falseAlarms)
  }
  return figures
}

function rounded(share: number): number {
  return Math.round(share * 1e4) / 1e4
}
