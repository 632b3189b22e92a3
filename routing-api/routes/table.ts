import { z } from 'zod'
import { eraseClient, getClient } from './clients.ts'
import { dataServers } from './data-servers.ts'
import { handshakes } from './handshakes.ts'
import { healthz, metricsRoute, readyz } from './health.ts'
import { deleteListEntry, getListEntry, listEntries, putListEntry } from './lists.ts'
import { openApiOf } from './openapi.ts'
import { outcomes } from './outcomes.ts'
import { getPolicy, policyVersions, putPolicy, rollbackPolicy, setShadow } from './policy.ts'
import { patterns } from './patterns.ts'
import { getReason } from './reasons.ts'
import { ok, query, type Route } from './route.ts'
import { deleteServer, listServers, putServer, serverLoad } from './servers.ts'
import { listEnrolments, putEnrolment } from './enrolments.ts'
import { sshConnections } from './ssh-connections.ts'
import { sshResponses } from './ssh-responses.ts'
import { sshStepUp } from './ssh-step-up.ts'

const openapi = query({
  method: 'GET',
  path: '/openapi.json',
  scope: 'public',
  summary: 'This document',
  responses: { 200: z.looseObject({ openapi: z.string() }) },
  handle: () => ok(document()),
})

/** Every route there is: requests, documentation and tests are made from this list. */
export const ROUTES: readonly Route[] = [
  handshakes,
  dataServers,
  sshConnections,
  sshResponses,
  outcomes,
  listServers,
  putServer,
  deleteServer,
  serverLoad,
  getClient,
  eraseClient,
  getReason,
  patterns,
  listEntries,
  getListEntry,
  putListEntry,
  deleteListEntry,
  getPolicy,
  putPolicy,
  policyVersions,
  rollbackPolicy,
  setShadow,
  sshStepUp,
  listEnrolments,
  putEnrolment,
  healthz,
  readyz,
  metricsRoute,
  openapi,
]

let made: object | undefined

function document(): object {
  made ??= openApiOf(ROUTES)
  return made
}
