import { type Population } from '../schemas/generated/records.ts'

export type Protocol = 'tls' | 'ssh'

/** The second fold's table as its readers see it: in memory, synchronous, possibly empty. */
export interface PopulationView {
  find(kind: Population['kind'], protocol: Protocol, key: string): Population | undefined
}

/** A population nothing is known of: a first run. */
export const EMPTY_POPULATION: PopulationView = { find: () => undefined }
