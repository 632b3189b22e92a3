// Generated from schemas/*.avsc by scripts/generate.ts. Do not edit.

/** Avro schemas of released versions that differ from those of today. */

export const RELEASED_SCHEMAS: readonly object[] = [
  {
    type: 'record',
    name: 'Population',
    namespace: 'vestibule.v1',
    fields: [
      { name: 'eventId', type: { type: 'fixed', name: 'Hash128', size: 16 } },
      { name: 'observedAt', type: { type: 'long', logicalType: 'timestamp-micros' } },
      { name: 'ingestedAt', type: { type: 'long', logicalType: 'timestamp-micros' } },
      { name: 'sensor', type: 'string' },
      { name: 'site', type: 'string' },
      { name: 'kind', type: 'string' },
      { name: 'key', type: 'string' },
      { name: 'protocol', type: 'string' },
      { name: 'weight', type: 'double' },
      { name: 'fastWeight', type: 'double' },
      { name: 'total', type: 'double' },
      { name: 'distinct', type: 'long' },
      { name: 'hostile', type: 'double' },
      { name: 'trusted', type: 'double' },
      { name: 'asOf', type: { type: 'long', logicalType: 'timestamp-micros' } },
    ],
  },
]
