import { CAMPAIGN_NATS, campaignKey, isCampaignOn } from '../../behaviour/campaign.ts'
import { hashText } from '../../lib/hash-words.ts'
import { type SshAuthAttempt } from '../../schemas/generated/records.ts'
import { CLIENT_WORD, TIME } from './layout.ts'
import { speak, type Moment } from './moment.ts'
import { matchPatterns } from './traits-of.ts'

const DAY_MS = 86_400_000

/**
 * A client that never logged in and fails: told to the site once a day, and taken back when it logs in
 * after all. While a campaign is on, that nobody knows it weighs more; who ever logged in is not touched.
 */
export function noteUnknown(moment: Moment, { result, user }: SshAuthAttempt): void {
  const { client, atMs, site, population } = moment
  const today = Math.floor(atMs / DAY_MS)
  const told = client.integer(CLIENT_WORD.unknownDay) === today
  if (result === 'accepted') {
    if (told) moment.sight('attempt', programOf(moment), 'trusted')
    client.setInteger(CLIENT_WORD.unknownDay, 0)
    return
  }
  if (client.time(TIME.success) > 0) return
  if (client.integer(CLIENT_WORD.firstName) === 0) {
    client.setInteger(CLIENT_WORD.firstName, hashText(user ?? ''))
  }
  if (!told) {
    client.setInteger(CLIENT_WORD.unknownDay, today)
    moment.sight('attempt', programOf(moment), 'seen')
  }
  const row = population.find('global', 'ssh', campaignKey(site))
  if (row !== undefined && isCampaignOn(row, atMs)) {
    speak(moment, 's_campaign', CAMPAIGN_NATS, row.hostile)
  }
  matchPatterns(moment, user)
}

/** HASSH, empty where the greeting was not seen. */
function programOf({ name, pairKey, protocol }: Moment): string {
  return pairKey?.slice(name.length + 1, -1 - protocol.length) ?? ''
}
