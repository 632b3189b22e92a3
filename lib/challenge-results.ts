/** How a step of a challenge ended, as outcomes tell it. `slow`: right, but unusually late for this very client. */
export const STEP_RESULTS = ['passed', 'slow', 'wrong', 'timeout', 'declined'] as const
export type StepEnd = (typeof STEP_RESULTS)[number]

/** What a challenge itself added ends with its episode (architecture 6.5). */
export const EPISODE_MS = 600_000
