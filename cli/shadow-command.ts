import { apiClient } from './api-client.ts'

/** Puts a listener, or all that say nothing themselves, in shadow or in force. */
export async function setShadow(
  shadow: boolean,
  listener: string | undefined,
  reason: string,
): Promise<{ readonly version: string; readonly changed: boolean }> {
  const answer = await apiClient().call('POST', '/v1/policy/shadow', {
    shadow,
    reason,
    actor: process.env['USER'] ?? 'cli',
    ...(listener === undefined ? {} : { listener }),
  })
  const told = answer !== null && typeof answer === 'object' ? answer : {}
  const version = 'version' in told ? String(told.version) : ''
  return { version, changed: 'changed' in told && told.changed === true }
}
