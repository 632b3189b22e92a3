import { type Surroundings } from '../challenges/difficulty.ts'
import { type Api } from './api.ts'

/** What makes puzzles harder beside the client: the gate's load as it tells it, and the site's alarm. */
export function surroundingsOf(gateLoad: number | undefined, api: Api): Surroundings {
  return { alarm: api.alarm.level(api.now()), load: gateLoad ?? 0 }
}
