import { handshakes } from './handshakes.ts'
import { healthz, metrics, readyz } from './health.ts'
import { type Route } from './route.ts'

/** Every route there is: requests, documentation and tests are made from this list. */
export const ROUTES: readonly Route[] = [handshakes, healthz, readyz, metrics]
