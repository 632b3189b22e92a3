/** Client-days are compared with those of clients in the same position (behaviour-models 4.8). */
export const STRATA = ['new/own', 'new/shared', 'known/own', 'known/shared'] as const
export type Stratum = (typeof STRATA)[number]

/** Events of a client before it is known. */
const KNOWN_AFTER = 5

export function stratumOf(events: number, shared: boolean): Stratum {
  if (events < KNOWN_AFTER) return shared ? 'new/shared' : 'new/own'
  return shared ? 'known/shared' : 'known/own'
}

/** Key of a stratum's row in the population table, kind `global`. */
export function calibrationKey(stratum: Stratum): string {
  return KEYS[stratum]
}

const KEYS: Readonly<Record<Stratum, string>> = {
  'new/own': 'calibration/new/own',
  'new/shared': 'calibration/new/shared',
  'known/own': 'calibration/known/own',
  'known/shared': 'calibration/known/shared',
}
