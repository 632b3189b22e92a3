/**
 * Writes schemas/generated from schemas/*.avsc. With --check it writes nothing and fails when what is
 * there is not what would be written.
 */
import { readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { format } from 'prettier'
import { z } from 'zod'
import { AvroRecord, expand, Fragment } from '../schemas/avro-record.ts'
import { avroSchema } from '../schemas/avro-schema.ts'
import { clickhouseTable, tableName } from '../schemas/clickhouse-ddl.ts'
import { typescriptInterface } from '../schemas/typescript-types.ts'

const here = new URL('../schemas/', import.meta.url)
const read = (ending: string, folder = ''): unknown[] =>
  readdirSync(new URL(folder, here))
    .filter((file) => file.endsWith(ending))
    .sort()
    .map((file): unknown => JSON.parse(readFileSync(new URL(folder + file, here), 'utf8')))

const fragments = read('.fragment.json').map((json) => Fragment.parse(json))
const records = read('.avsc').map((json) => expand(AvroRecord.parse(json), fragments))

const banner = 'Generated from schemas/*.avsc by scripts/generate.ts. Do not edit.'
const names = records.map(({ name }) => name)

const types = [
  `// ${banner}`,
  ...records.map(typescriptInterface),
  `/** Every record by name. */\nexport interface RecordByName {\n${names.map((name) => `  readonly ${name}: ${name}`).join('\n')}\n}`,
  'export type RecordName = keyof RecordByName',
].join('\n\n')

const schemas = [
  `// ${banner}`,
  "import { type RecordName } from './records.ts'",
  '/** The Avro schema of every record, as it goes to a schema registry. */',
  `export const AVRO_SCHEMAS: Readonly<Record<RecordName, object>> = ${JSON.stringify(
    Object.fromEntries(records.map((record) => [record.name, avroSchema(record)])),
  )}`,
].join('\n\n')

/** Schemas that released versions wrote with and today's do not: their bytes may lie on a topic. */
const current = new Set(records.map((record) => JSON.stringify(avroSchema(record))))
const older = new Map<string, object>()
for (const json of read('.json', 'released/')) {
  const release = z.object({ schemas: z.record(z.string(), z.looseObject({})) }).parse(json)
  for (const schema of Object.values(release.schemas)) {
    const text = JSON.stringify(schema)
    if (!current.has(text)) older.set(text, schema)
  }
}
const released = [
  `// ${banner}`,
  '/** Avro schemas of released versions that differ from those of today. */',
  `export const RELEASED_SCHEMAS: readonly object[] = ${JSON.stringify([...older.values()])}`,
].join('\n\n')

const tableNames = [
  `// ${banner}`,
  "import { type RecordName } from './records.ts'",
  '/** The ClickHouse table of every record; null for records that have none. */',
  `export const TABLE_NAMES: Readonly<Record<RecordName, string | null>> = ${JSON.stringify(
    Object.fromEntries(
      records.map((record) => [
        record.name,
        record.clickhouse === null ? null : tableName(record.name),
      ]),
    ),
  )}`,
].join('\n\n')

const tables = [`-- ${banner}`, ...records.map(clickhouseTable).filter((ddl) => ddl !== undefined)]

const style = { parser: 'typescript', semi: false, singleQuote: true, printWidth: 100 } as const
const files = {
  'records.ts': await format(types, style),
  'avro-schemas.ts': await format(schemas, style),
  'released-schemas.ts': await format(released, style),
  'table-names.ts': await format(tableNames, style),
  'tables.sql': `${tables.join('\n\n')}\n`,
}

const stale: string[] = []
for (const [name, text] of Object.entries(files)) {
  const file = new URL(`generated/${name}`, here)
  if (!process.argv.includes('--check')) writeFileSync(file, text)
  else if (readFileSync(file, 'utf8') !== text) stale.push(name)
}
if (stale.length > 0) {
  console.error(`schemas/generated is stale: ${stale.join(', ')}; run 'npm run generate'`)
  process.exit(1)
}
