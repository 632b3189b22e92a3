/** Parameters and code of the scoring: written into every score, so that a judgement can be repeated. */
export const MODEL_VERSION = 'assumed-1'
