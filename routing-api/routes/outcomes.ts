import { type z } from 'zod'
import { parseAddress } from '../../lib/client-entity.ts'
import { eventId } from '../../lib/event-id.ts'
import { type Outcome } from '../../schemas/generated/records.ts'
import { gateStamp } from '../decisions/gate-connection.ts'
import { type RecentDecision } from '../state/recent-decisions.ts'
import { type Api } from './api.ts'
import { bytesOf, hexOf } from './decision-reply.ts'
import { DEFAULT_LISTENER } from './handshakes.ts'
import { confirmDevice } from './device-answer.ts'
import { Accepted, Problem } from './response-schemas.ts'
import { ok, problem, route, type Call, type Reply } from './route.ts'
import { OutcomeRequest } from './schemas.ts'

type Input = z.infer<typeof OutcomeRequest>

/** What became of a decision, a connection or a client: the only thing the engine learns from. */
export const outcomes = route<Input>({
  method: 'POST',
  path: '/v1/outcomes',
  scope: 'gate',
  summary: 'What became of a decision, a connection or a client; feedback and its revocation',
  request: OutcomeRequest,
  responses: { 202: Accepted, 400: Problem, 404: Problem },
  handle: accept,
})

function accept({ input, caller }: Call<Input>, api: Api): Reply {
  const recent = input.decisionId === undefined ? undefined : api.recent.get(input.decisionId)
  const named = input.client === undefined ? undefined : parseAddress(input.client.ip)
  const clientAddress = named === undefined ? recent?.clientAddress : api.addresses.of(named)
  if (clientAddress === undefined) {
    return input.decisionId === undefined
      ? problem(400, 'invalid', 'client is needed without a decisionId', 'client')
      : problem(
          404,
          'unknown-decision',
          'the decision is not remembered: name the client',
          'client',
        )
  }
  const record = outcomeRecord(input, caller, clientAddress, recent, api)
  api.put('Outcome', () => ({ type: 'Outcome', record }))
  const over = record.result === 'completed' || record.result === 'failed'
  if (over && record.server !== null) api.state.servers.ended(record.server, api.now())
  const proof = record.result === 'completed' && record.authenticated
  if (proof && input.decisionId !== undefined) confirmDevice(input.decisionId, api)
  api.metrics.count('outcomes_total', 1, { result: input.result })
  return ok({ eventId: hexOf(record.eventId) }, 202)
}

function outcomeRecord(
  input: Input,
  caller: string,
  clientAddress: Uint8Array,
  recent: RecentDecision | undefined,
  api: Api,
): Outcome {
  const connectionId = bytesOf(input.connectionId) ?? recent?.connectionId ?? null
  const decisionId = bytesOf(input.decisionId)
  const actor = caller === 'local' ? (input.actor ?? caller) : caller
  const about = [
    input.decisionId ?? '',
    input.connectionId ?? '',
    input.result,
    input.revokes ?? '',
  ]
  const named = about[0] !== '' || about[1] !== ''
  return {
    ...gateStamp({
      clientAddress,
      addressForm: api.addresses.form,
      clientPort: input.client?.port ?? recent?.clientPort ?? 0,
      listener: input.listener ?? recent?.listener ?? DEFAULT_LISTENER,
      gate: actor,
      site: api.site,
      nowMs: api.now(),
    }),
    // The same outcome told twice of one decision is one event; without a decision each is its own.
    eventId: eventId('Outcome', named ? about.join('|') : api.freshId(), 0),
    connectionId,
    decisionId,
    result: input.result,
    server: input.server ?? recent?.server ?? null,
    group: recent?.group ?? null,
    latencyMs: input.latencyMs ?? null,
    objectiveMs: api.state.policy.settings.data.objectiveMs,
    fingerprint: recent?.fingerprint ?? null,
    durationMs: input.durationMs ?? null,
    bytesIn: input.bytesIn ?? null,
    bytesOut: input.bytesOut ?? null,
    terminationState: input.terminationState ?? null,
    authenticated: input.authenticated,
    challenges: input.challenges,
    actor,
    reason: input.reason ?? null,
    revokes: bytesOf(input.revokes),
  }
}
