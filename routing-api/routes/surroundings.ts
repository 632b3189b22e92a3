import { campaignKey, isCampaignOn } from '../../behaviour/campaign.ts'
import { type Surroundings } from '../challenges/difficulty.ts'
import { type Api } from './api.ts'

/** What makes puzzles harder beside the client: the gate's load as it tells it, and the site's alarm. */
export function surroundingsOf(gateLoad: number | undefined, api: Api): Surroundings {
  const nowMs = api.now()
  const campaign = api.state.population.find('global', 'ssh', campaignKey(api.site))
  const alarm = isCampaignOn(campaign, nowMs) ? 1 : api.alarm.level(nowMs)
  return { alarm, load: gateLoad ?? 0 }
}
