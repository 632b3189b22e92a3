import { z } from 'zod'
import { Problem } from './response-schemas.ts'
import { problem, route } from './route.ts'

/** Routes whose rooms are not built yet: they say so, with a code. */
export const NOT_BUILT = [
  ['POST', '/v1/ssh/step-up', 'gate', "The PAM conversation's question and answer"],
  ['GET', '/v1/enrolments', 'operator', 'Question, TOTP, device and key enrolment'],
  ['PUT', '/v1/enrolments', 'operator', 'Question, TOTP, device and key enrolment'],
].map(([method, path, scope, summary]) =>
  route({
    method: method === 'POST' ? 'POST' : method === 'PUT' ? 'PUT' : 'GET',
    path: path ?? '',
    scope: scope === 'gate' ? 'gate' : 'operator',
    summary: `${summary ?? ''} (not built yet)`,
    request: z.unknown(),
    responses: { 501: Problem },
    handle: () => problem(501, 'not-implemented', 'challenges come with a later version'),
  }),
)
