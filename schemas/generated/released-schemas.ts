// Generated from schemas/*.avsc by scripts/generate.ts. Do not edit.

/** Avro schemas of released versions that differ from those of today. */

export const RELEASED_SCHEMAS: readonly object[] = []
