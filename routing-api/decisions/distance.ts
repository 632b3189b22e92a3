/** A place on the globe, degrees. */
export interface Place {
  readonly latitude: number
  readonly longitude: number
}

const EARTH_KM = 6371
const RADIAN = Math.PI / 180

/** The place, where both coordinates are known. */
export function placeOf(
  latitude: number | null | undefined,
  longitude: number | null | undefined,
): Place | undefined {
  if (typeof latitude !== 'number' || typeof longitude !== 'number') return undefined
  return { latitude, longitude }
}

/** Kilometres along the great circle (haversine). */
export function distanceKm(a: Place, b: Place): number {
  const north = Math.sin(((b.latitude - a.latitude) * RADIAN) / 2)
  const east = Math.sin(((b.longitude - a.longitude) * RADIAN) / 2)
  const cosines = Math.cos(a.latitude * RADIAN) * Math.cos(b.latitude * RADIAN)
  return 2 * EARTH_KM * Math.asin(Math.min(1, Math.sqrt(north * north + cosines * east * east)))
}
