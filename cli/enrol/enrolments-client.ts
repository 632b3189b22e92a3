import { apiClient } from '../api-client.ts'
import { EnrolmentList, EnrolmentResponse } from '../../routing-api/routes/enrolment-schemas.ts'
import { type z } from 'zod'

/** Who enrols, and why: kept with what is enrolled. */
export interface EnrolFlags {
  readonly reason?: string
  readonly actor?: string
  readonly json?: boolean
}

export type Enrolled = z.infer<typeof EnrolmentResponse>

/** Enrols or withdraws one thing. */
export async function putEnrolment(what: object, flags: EnrolFlags): Promise<Enrolled> {
  const actor = flags.actor ?? process.env['USER'] ?? 'cli'
  const body = { ...what, actor, reason: flags.reason ?? 'none given' }
  return EnrolmentResponse.parse(await apiClient().call('PUT', '/v1/enrolments', body))
}

export async function listEnrolments(
  user: string | undefined,
): Promise<z.infer<typeof EnrolmentList>> {
  const asked = user === undefined ? '' : `?${new URLSearchParams({ user }).toString()}`
  return EnrolmentList.parse(await apiClient().call('GET', `/v1/enrolments${asked}`))
}
