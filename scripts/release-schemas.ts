/**
 * Stores the schemas of the version in package.json and one encoded record of each, for ever: a test
 * decodes the bytes of every released version with today's reader. Refuses to rewrite a release.
 */
import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { z } from 'zod'
import { singleObjectCodec } from '../lib/codec/single-object.ts'
import { AVRO_SCHEMAS } from '../schemas/generated/avro-schemas.ts'
import { type RecordName } from '../schemas/generated/records.ts'
import { exampleRecord } from '../test/support/example-record.ts'

const { version } = z
  .object({ version: z.string() })
  .parse(JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8')))
const file = new URL(`../schemas/released/${version}.json`, import.meta.url)
if (existsSync(file) && !process.argv.includes('--before-release')) {
  console.error(`${version} is released: give package.json the next version first`)
  process.exit(1)
}
const codec = singleObjectCodec()
const names = Object.keys(AVRO_SCHEMAS) as RecordName[]
const values = Object.fromEntries(
  names.map((name) => [name, Buffer.from(codec.encode(name, exampleRecord(name))).toString('hex')]),
)
writeFileSync(file, `${JSON.stringify({ version, schemas: AVRO_SCHEMAS, values }, null, 1)}\n`)
