import { describe, expect, test } from '@jest/globals'
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { singleObjectCodec } from '../../lib/codec/single-object.ts'
import { AVRO_SCHEMAS } from '../../schemas/generated/avro-schemas.ts'

interface Release {
  readonly version: string
  readonly values: Readonly<Record<string, string>>
}

const folder = join(import.meta.dirname, '../../schemas/released')
const releases = readdirSync(folder).map(
  (file) => JSON.parse(readFileSync(join(folder, file), 'utf8')) as Release,
)

describe.each(releases)('what version $version wrote', ({ values }) => {
  const codec = singleObjectCodec()

  test.each(Object.entries(values))(
    '%s is read by this version, every field of it',
    (name, hex) => {
      const decoded = codec.decode(Buffer.from(hex, 'hex'))
      if (decoded.kind !== 'record') throw new Error(`${decoded.code} at ${decoded.at}`)
      const schema = AVRO_SCHEMAS[name as keyof typeof AVRO_SCHEMAS] as {
        fields: { name: string }[]
      }
      expect(decoded.type).toBe(name)
      expect(Object.keys(decoded.record)).toEqual(schema.fields.map((field) => field.name))
    },
  )
})
