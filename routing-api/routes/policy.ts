import { z } from 'zod'
import { Document, isMap, parseDocument } from 'yaml'
import { parsePolicy } from '../policy/parse-policy.ts'
import { type Api } from './api.ts'
import { controlRecord, decree, type Word } from './control-record.ts'
import { PolicyVersion, Problem } from './response-schemas.ts'
import { ok, problem, query, route, type Reply } from './route.ts'
import { PolicyRequest, RollbackRequest, ShadowRequest } from './schemas.ts'

const Current = z.strictObject({
  version: z.string(),
  yaml: z.string().nullable(),
  settings: z.unknown(),
})
const Changed = z.strictObject({ version: z.string(), changed: z.boolean() })
const MAX_POLICY = 2 << 20

/** The policy in force. */
export const getPolicy = query({
  method: 'GET',
  path: '/v1/policy',
  scope: 'read',
  summary: 'The policy in force: its version, text and settings',
  responses: { 200: Current },
  handle: (_call, { state }) =>
    ok({
      version: state.policy.version,
      yaml: state.policies.text ?? null,
      settings: state.policy.settings,
    }),
})

/** Versions, newest first. */
export const policyVersions = query({
  method: 'GET',
  path: '/v1/policy/versions',
  scope: 'read',
  summary: 'Versions of the policy that can be rolled back to, newest first',
  responses: { 200: z.strictObject({ versions: z.array(PolicyVersion) }) },
  handle: (_call, { state }) =>
    ok({
      versions: state.policies.versions.map(({ version, actor, reason, atMs }) => ({
        version,
        actor,
        reason,
        atMs,
      })),
    }),
})

/** A new version. A broken one is refused with one sentence and nothing changes. */
export const putPolicy = route<z.infer<typeof PolicyRequest>>({
  method: 'PUT',
  path: '/v1/policy',
  scope: 'operator',
  summary: 'Put a new version of the policy in force',
  maxBodyBytes: MAX_POLICY,
  request: PolicyRequest,
  responses: { 200: Changed, 400: Problem },
  handle: ({ input, caller }, api) =>
    publishPolicy(input.yaml, { caller, actor: input.actor, reason: input.reason }, api),
})

/** An old text as a new version. */
export const rollbackPolicy = route<z.infer<typeof RollbackRequest>>({
  method: 'POST',
  path: '/v1/policy/rollback',
  scope: 'operator',
  summary: 'Put an earlier version in force again, as a new version',
  request: RollbackRequest,
  responses: { 200: Changed, 400: Problem, 404: Problem },
  handle({ input, caller }, api): Reply | Promise<Reply> {
    const found = api.state.policies.find(input.version)
    if (found === undefined) {
      return problem(404, 'unknown-version', 'GET /v1/policy/versions lists them', 'version')
    }
    return publishPolicy(found.text, { caller, actor: input.actor, reason: input.reason }, api)
  },
})

/** Shadow on or off, for one listener or in general, as a new version of the policy. */
export const setShadow = route<z.infer<typeof ShadowRequest>>({
  method: 'POST',
  path: '/v1/policy/shadow',
  scope: 'operator',
  summary: 'Put a listener, or all that say nothing themselves, in shadow or in force',
  request: ShadowRequest,
  responses: { 200: Changed, 400: Problem },
  handle({ input, caller }, api): Promise<Reply> {
    const current = parseDocument(api.state.policies.text ?? '{}')
    const document = isMap(current.contents) ? current : new Document({})
    const path = input.listener === undefined ? ['shadow'] : ['listeners', input.listener, 'shadow']
    document.setIn(path, input.shadow)
    const word = { caller, actor: input.actor, reason: input.reason }
    return publishPolicy(String(document), word, api)
  },
})

/** Appends a policy text as the next version, unless it says what is in force already. */
export async function publishPolicy(yaml: string, word: Word, api: Api): Promise<Reply> {
  const parsed = parsePolicy(yaml)
  if (parsed.kind === 'fault') return problem(400, 'policy-invalid', parsed.message, 'yaml')
  const { policy } = api.state
  if (policy.counter > 0 && policy.version.endsWith(`-${parsed.hash}`)) {
    return ok({ version: policy.version, changed: false })
  }
  const id = `${policy.counter + 1}-${parsed.hash}`
  await decree(controlRecord('policy', id, yaml, false, word, api), api)
  return ok({ version: api.state.policy.version, changed: true })
}
