import { type JudgedProfile } from './judged-profile.ts'

export interface RingPlace {
  readonly at: number
  readonly entries: number
  readonly words: number
}

/** The newest few of something, in a profile's memory; the word before it counts what was put. */
export function ringPut(profile: JudgedProfile, ring: RingPlace, values: readonly number[]): void {
  const count = profile.integer(ring.at - 1)
  const word = ring.at + (count % ring.entries) * ring.words
  values.forEach((value, i) => {
    profile.setInteger(word + i, value)
  })
  profile.setInteger(ring.at - 1, count + 1)
}

/** First word of the newest entry that begins with `values`; undefined when there is none. */
export function ringFind(
  profile: JudgedProfile,
  ring: RingPlace,
  ...values: readonly number[]
): number | undefined {
  const entries = ringSize(profile, ring)
  for (let entry = 0; entry < entries; entry += 1) {
    const word = ring.at + entry * ring.words
    if (values.every((value, i) => profile.integer(word + i) === value)) return word
  }
  return undefined
}

/** How many entries are filled. */
export function ringSize(profile: JudgedProfile, ring: RingPlace): number {
  return Math.min(ring.entries, profile.integer(ring.at - 1))
}
