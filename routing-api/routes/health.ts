import { z } from 'zod'
import { Problem } from './response-schemas.ts'
import { ok, query } from './route.ts'

/** The process lives. */
export const healthz = query({
  method: 'GET',
  path: '/healthz',
  scope: 'public',
  summary: 'Whether the process lives',
  responses: { 200: z.strictObject({ status: z.literal('ok') }) },
  handle: () => ok({ status: 'ok' }),
})

const Ready = z.strictObject({
  ready: z.boolean(),
  scores: z.number(),
  servers: z.number(),
  policyVersion: z.string(),
})

/** 200 once the compacted topics have been read; 503 before. */
export const readyz = query({
  method: 'GET',
  path: '/readyz',
  scope: 'public',
  summary: 'Whether the state of the compacted topics has been read',
  responses: { 200: Ready, 503: Ready },
  handle: (_call, { state }) =>
    ok(
      {
        ready: state.ready,
        scores: state.scores.size,
        servers: state.servers.size,
        policyVersion: state.policy.version,
      },
      state.ready ? 200 : 503,
    ),
})

/** What is counted, in Prometheus' text format. */
export const metricsRoute = query({
  method: 'GET',
  path: '/metrics',
  scope: 'read',
  summary: 'Metrics in the text format of Prometheus',
  responses: { 200: z.string(), 401: Problem },
  handle: async (_call, { metrics }) => ({
    status: 200,
    body: await metrics.text(),
    contentType: metrics.contentType,
  }),
})
