import { featureOf } from '../../behaviour/evidence/features.ts'
import { explainReason } from '../decisions/reason-codes.ts'
import { FEATURE_MEANINGS } from '../decisions/feature-meanings.ts'
import { Problem, ReasonResponse } from './response-schemas.ts'
import { ok, problem, query } from './route.ts'

/** What a refusal's code meant, and how to release it. */
export const getReason = query({
  method: 'GET',
  path: '/v1/reasons/:code',
  scope: 'read',
  summary: 'What a reason code meant, and how to release it',
  responses: { 200: ReasonResponse, 404: Problem },
  handle({ params }) {
    const code = params.get('code') ?? ''
    const own = explainReason(code)
    if (own !== undefined) return ok(own)
    const meaning = FEATURE_MEANINGS.get(code)
    if (meaning !== undefined) return ok({ code, meaning, release: releaseOf(code) })
    return problem(404, 'unknown-reason', 'no such reason code', 'code')
  },
})

function releaseOf(code: string): string {
  const proof = 'One authenticated login or completed application exchange lowers it'
  const family = featureOf(code)?.family
  const kept = family === 'randomness' || family === 'churn'
  return kept
    ? `${proof} only after the behaviour has stopped; an operator can allow the address.`
    : `${proof}; an operator can allow the address or report a false positive.`
}
