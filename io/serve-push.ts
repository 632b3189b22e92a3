import { type Config } from '../lib/config.ts'
import { PushedVerdicts } from '../routing-api/push/pushed-verdicts.ts'
import { runPush } from '../routing-api/push/push-loop.ts'
import { type Api } from '../routing-api/routes/api.ts'
import { tellHaproxy } from './haproxy-runtime.ts'
import { sleep } from './sleep.ts'

/** Push mode: verdicts on their way to HAProxy's runtime map. */
export interface Push {
  /** A score of this entity came or went. */
  readonly heard: ((entity: string) => void) | undefined
  /** Operators said something. */
  readonly ruled: (() => void) | undefined
  run(signal: AbortSignal): Promise<void>
}

const NONE: Push = { heard: undefined, ruled: undefined, run: () => Promise.resolve() }

/** Without sockets in the configuration nothing is pushed. Throws where pseudonyms leave nothing to push. */
export function preparePush(config: Config, api: Api): Push {
  const { pushSockets, pushMap, pushListener } = config
  if (pushSockets === undefined) return NONE
  if (config.privacy === 'pseudonym') {
    throw new Error(
      'verdicts cannot be pushed as pseudonyms: unset VESTIBULE_PUSH_SOCKETS, HAProxy asks the agent then',
    )
  }
  const { state, now, metrics, logger } = api
  const verdicts = new PushedVerdicts(state, pushListener)
  const settings = { sockets: pushSockets.split(','), map: pushMap }
  return {
    heard: (entity) => {
      verdicts.heard(entity)
    },
    ruled: () => {
      verdicts.ruled()
    },
    run: (signal) =>
      runPush(verdicts, settings, { tell: tellHaproxy, now, sleep, metrics, logger }, signal),
  }
}
