import { EventLogError } from '../../lib/event-log.ts'
import { type Reply } from '../routes/route.ts'
import { publishPolicy } from '../routes/policy.ts'
import { type Api } from '../routes/api.ts'

const READY_EVERY_MS = 50
const RETRY_EVERY_MS = 5_000

/** Takes the policy file in, once the topic has been read, and after each of its changes. */
export async function keepPolicy(
  texts: AsyncIterable<string>,
  file: string,
  api: Api,
  sleep: (ms: number) => Promise<void>,
  signal: AbortSignal,
): Promise<void> {
  while (!api.state.ready && !signal.aborted) await sleep(READY_EVERY_MS)
  for await (const text of texts) {
    while (!(await recorded(text, file, api)) && !signal.aborted) await sleep(RETRY_EVERY_MS)
  }
}

/** False when the log cannot take the policy now: the API serves on with the one in force. */
async function recorded(text: string, file: string, api: Api): Promise<boolean> {
  try {
    await takePolicyFile(text, file, api)
    return true
  } catch (error) {
    if (!(error instanceof EventLogError)) throw error
    if (error.code !== 'unavailable' && error.code !== 'disk-full') throw error
    const stays = `policy ${api.state.policy.version} stays in force`
    api.logger.warn(`${file} cannot be recorded: ${error.message}; ${stays}, trying again`)
    return false
  }
}

/**
 * Takes the text of the policy file. The topic is the truth: a text that any known version holds
 * was taken before, and is not put over what an operator said since; only an edit is a new version.
 * A broken one is refused with one sentence, and what is in force stays.
 */
export async function takePolicyFile(text: string, file: string, api: Api): Promise<void> {
  if (api.state.policies.versions.some((version) => version.text === text)) return
  const seed = api.state.policies.versions.length === 0
  const reason = seed ? 'seed' : `${file} was edited`
  const reply = await publishPolicy(text, { caller: `file ${file}`, reason }, api)
  if (reply.status === 200) {
    api.logger.info('policy in force', { version: api.state.policy.version, reason })
    return
  }
  const stays = api.state.policy.version
  api.metrics.count('policy_refused_total', 1)
  api.logger.warn(`${file}: ${sentenceOf(reply)}; policy ${stays} stays in force`)
}

function sentenceOf({ body }: Reply): string {
  return body !== null && typeof body === 'object' && 'message' in body
    ? String(body.message)
    : 'refused'
}
