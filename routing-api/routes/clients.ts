import { z } from 'zod'
import { addressText, clientEntity, parseAddress } from '../../lib/client-entity.ts'
import { NOT_BOUGHT_OFF } from '../../behaviour/evidence/not-bought-off.ts'
import { type PopulationTable } from '../../behaviour/population-table.ts'
import { type Missing, missingProof } from '../decisions/missing-proof.ts'
import { nearestProfile, type NearestProfile } from '../decisions/nearest-profile.ts'
import { bandOf } from '../decisions/client-verdict.ts'
import { currentScore, type ScoreFacts } from '../decisions/score-facts.ts'
import { type Api } from './api.ts'
import { controlRecord, decree } from './control-record.ts'
import { wordOf } from './lists.ts'
import { ClientResponse, Problem, ScoreView } from './response-schemas.ts'
import { ok, problem, query, type RawCall, type Reply } from './route.ts'

const MOST_SCORES = 100

/** Everything in memory about a client, and what would change the answer. */
export const getClient = query({
  method: 'GET',
  path: '/v1/clients/:ip',
  scope: 'read',
  summary: 'Scores of a client, what they are made of, and what would change the answer',
  responses: { 200: ClientResponse, 400: Problem },
  handle(call, api): Reply {
    const address = addressOf(call, api)
    if (address === undefined) return noAddress()
    const nowMs = api.now()
    const { state } = api
    const client = clientEntity(address)
    const scores = state.scores
      .ofClient(client)
      .slice(0, MOST_SCORES)
      .map((entity) => state.scores.find(entity))
      .filter((facts) => facts !== undefined)
      .map((facts) => shown(facts, nowMs))
      .sort((a, b) => b.evidence - a.evidence)
    return ok({
      client,
      address: addressText(address),
      list: state.lists.verdict(address, nowMs) ?? null,
      ownMachinery: own(address, api),
      shared: state.policy.shared.find(address) === true || scores.some((score) => score.shared),
      scores,
      nearestOrdinaryProfile: nearest(scores, state.population),
      wouldChange: changes(scores, api),
      policyVersion: state.policy.version,
    })
  },
})

/** Erasure: scores are deleted here and on the topic; processors forget, and sinks delete history. */
export const eraseClient = query({
  method: 'DELETE',
  path: '/v1/clients/:ip/data',
  scope: 'operator',
  summary:
    'Erase a client: scores and profiles at once, history within minutes (the log keeps its events until their retention ends); ?reason= and ?actor= are audited',
  query: z.object({ reason: z.string().optional(), actor: z.string().optional() }),
  responses: {
    200: z.strictObject({ client: z.string(), scoresErased: z.number() }),
    400: Problem,
  },
  async handle(call, api): Promise<Reply> {
    const address = addressOf(call, api)
    if (address === undefined) return noAddress()
    const client = clientEntity(address)
    const entities = api.state.scores.ofClient(client)
    await api.tombstone('scores', entities)
    await decree(controlRecord('erasure', client, '{}', false, wordOf(call), api), api)
    return ok({ client, scoresErased: entities.length })
  },
})

/** The address as records, scores and lists carry it. */
function addressOf(call: RawCall, { addresses }: Api): Uint8Array | undefined {
  const address = parseAddress(call.params.get('ip') ?? '')
  return address === undefined ? undefined : addresses.of(address)
}

function noAddress(): Reply {
  return problem(400, 'invalid', 'is not an IPv4 or IPv6 address', 'ip')
}

function own(address: Uint8Array, { state: { policy } }: Api): boolean {
  return policy.machinery.find(address) === true || policy.proxies.find(address) === true
}

type Shown = z.infer<typeof ScoreView>

function shown(facts: ScoreFacts, nowMs: number): Shown {
  const current = currentScore(facts, nowMs)
  const value = current?.value ?? 0
  return {
    entity: facts.entity,
    kind: facts.kind,
    protocol: facts.protocol,
    value,
    published: facts.value,
    band: bandOf(facts.protocol, value),
    evidence: current?.evidence ?? 0,
    ground: facts.ground,
    families: [...facts.families],
    cap: facts.cap,
    shared: facts.shared,
    lastSuccessAtMs: facts.lastSuccessAtMs,
    ageMs: Math.max(0, nowMs - facts.asOfMs),
    validUntilMs: facts.validUntilMs,
    valid: current !== undefined,
    modelVersion: facts.modelVersion,
    contributions: facts.contributions().map((row) => ({ ...row })),
  }
}

/** Nearest to the program whose score is the worst; null when none is known, or nothing is trusted yet. */
function nearest(scores: readonly Shown[], population: PopulationTable): NearestProfile | null {
  const worst = scores.find(({ kind }) => kind === 'ip-fp')
  const fingerprint = worst?.entity.slice(worst.entity.indexOf('|') + 1, worst.entity.indexOf('#'))
  if (worst === undefined || fingerprint === undefined) return null
  const trusted = population.trustedFingerprints(worst.protocol)
  return nearestProfile(fingerprint, trusted) ?? null
}

/** What is open to the client and its operator: proof and words, not waiting. */
function changes(scores: readonly Shown[], api: Api): readonly Missing[] {
  if (!scores.some((score) => score.valid && score.evidence > 0)) return []
  const top = scores[0]?.contributions.find((row) => row.nats > 0)
  return [
    ...proofs(scores, api),
    { what: 'an operator allows the address', effect: 'it is never suspected again' },
    { what: 'a false positive is reported', effect: 'its evidence is set back to 0' },
    ...(top === undefined
      ? []
      : [{ what: `without "${top.text}"`, effect: `${top.nats.toFixed(1)} nats less` }]),
  ]
}

const ANY_PROOF: Missing = {
  what: 'an authenticated login or application exchange',
  effect: 'takes 2.9 nats off and ends some of the evidence',
}

/** Of a TLS client over the threshold: what exactly is still missing; else what a proof does. */
function proofs(scores: readonly Shown[], { state }: Api): readonly Missing[] {
  const { threshold } = state.policy.settings.tls
  const over = scores.find(
    (score) => score.protocol === 'tls' && score.valid && score.value >= threshold,
  )
  if (over === undefined) return [ANY_PROOF]
  const standing = over.contributions
    .filter(({ feature }) => NOT_BOUGHT_OFF.has(feature))
    .reduce((sum, { nats }) => sum + nats, 0)
  return missingProof({ evidence: over.evidence, standing }, threshold)
}
