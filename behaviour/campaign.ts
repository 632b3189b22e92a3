import { type Population } from '../schemas/generated/records.ts'

const HOUR_MS = 3_600_000
/** A row is told anew every hour while the alarm lasts: an old one is a fold that stopped. */
const VALID_MS = 3 * HOUR_MS

/** What an unknown client's failure weighs more while many unknown clients fail (behaviour-models 4.5). */
export const CAMPAIGN_NATS = 1

/** Key of the row of kind `global` that says a site sees a campaign. */
export function campaignKey(site: string): string {
  return `campaign/${site}`
}

/** Whether the row says that a campaign is on at `atMs`. */
export function isCampaignOn(row: Population | undefined, atMs: number): boolean {
  return row !== undefined && row.weight > 0 && Math.abs(atMs - row.asOf / 1000) <= VALID_MS
}
