import { type PostWebhook } from '../../sinks/alerts/receiver.ts'

/** Posts to a webhook. Only the status of its answer is looked at; redirections are not followed. */
export const postWebhook: PostWebhook = async ({ headers, body }, { url, timeoutMs }) => {
  const response = await fetch(url, {
    method: 'POST',
    headers,
    body,
    redirect: 'manual',
    signal: AbortSignal.timeout(timeoutMs),
  })
  await response.body?.cancel()
  return response.status
}
