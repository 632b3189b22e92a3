import { FIXED, type AvroField, type AvroRecord } from './avro-record.ts'

/** `SshAuthAttempt` → `ssh_auth_attempt`. */
export function tableName(record: string): string {
  return record.replaceAll(/(?<!^)[A-Z]/g, (letter) => `_${letter}`).toLowerCase()
}

/**
 * The table a record lands in, or undefined for records that have none. A ReplacingMergeTree whose
 * sort key ends in the event's id: rows written twice collapse.
 */
export function clickhouseTable(record: AvroRecord): string | undefined {
  const { clickhouse, fields } = record
  if (clickhouse === null) return undefined
  const columns = fields.map((field) => {
    const ttl =
      field.ttlDays === undefined
        ? ''
        : ` TTL toDateTime(observedAt) + INTERVAL ${field.ttlDays} DAY`
    return `  ${field.name} ${columnType(field)} COMMENT '${field.doc.replaceAll("'", "''")}'${ttl}`
  })
  return [
    `CREATE TABLE IF NOT EXISTS vestibule.${tableName(record.name)} (\n${columns.join(',\n')}\n)`,
    `ENGINE = ReplacingMergeTree${clickhouse.version === undefined ? '' : `(${clickhouse.version})`}`,
    `PARTITION BY ${clickhouse.partitionBy}`,
    `ORDER BY (${clickhouse.orderBy.join(', ')})`,
    `TTL toDateTime(observedAt) + INTERVAL ${clickhouse.ttlDays} DAY`,
    'SETTINGS non_replicated_deduplication_window = 1000;',
  ].join('\n')
}

/**
 * ClickHouse column type of a field: the one its schema names, else the Avro type's own. Null stays possible:
 * it goes inside LowCardinality, where ClickHouse wants it.
 */
export function columnType({ type, clickhouse }: AvroField): string {
  if (Array.isArray(type)) return nullable(clickhouse ?? scalar(type[1]))
  if (clickhouse !== undefined) return clickhouse
  if (typeof type === 'object' && type.type === 'array') {
    const { items } = type
    if (typeof items === 'object' && items.type === 'record') {
      const parts = items.fields.map((part) =>
        typeof part.type === 'string'
          ? `${part.name} ${scalar(part.type)}`
          : `${part.name} Nullable(${scalar(part.type[1])})`,
      )
      return `Array(Tuple(${parts.join(', ')}))`
    }
    return `Array(${scalar(items)})`
  }
  return scalar(type)
}

function nullable(type: string): string {
  if (type.includes('Nullable(')) return type
  const inner = /^LowCardinality\((.*)\)$/.exec(type)?.[1]
  return inner === undefined ? `Nullable(${type})` : `LowCardinality(Nullable(${inner}))`
}

function scalar(type: unknown): string {
  if (typeof type === 'object') return "DateTime64(6, 'UTC')"
  if (type === 'Address') return 'IPv6'
  if (typeof type === 'string' && type in FIXED) {
    return `FixedString(${FIXED[type as keyof typeof FIXED]})`
  }
  const map: Record<string, string> = {
    boolean: 'Bool',
    int: 'Int32',
    long: 'Int64',
    float: 'Float32',
    double: 'Float64',
    string: 'String',
    bytes: 'String',
  }
  const mapped = map[type as string]
  if (mapped === undefined) throw new Error(`no ClickHouse type for ${JSON.stringify(type)}`)
  return mapped
}
