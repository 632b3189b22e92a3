import avro from 'avsc'

/** What avsc's types read with; not in its declarations. */
interface Tap {
  readonly buf: Uint8Array
  readonly pos: number
  readLong(): number
  skipLong(): void
}

/** Of every avsc type; not in its declarations. */
interface Reader {
  _read(tap: Tap): unknown
}

/**
 * An array that refuses a count which its bytes cannot hold. avsc believes the count and reads on beyond
 * the end: a broken value of 700 bytes took ten seconds to be refused. Each item of our records takes a
 * byte at least.
 */
class BoundedArrayType extends avro.types.ArrayType {
  _read(tap: Tap): readonly unknown[] {
    const reader = this.itemsType as unknown as Reader
    let items: unknown[] | undefined
    let filled = 0
    for (let count = tap.readLong(); count !== 0; count = tap.readLong()) {
      if (count < 0) tap.skipLong()
      const left = Math.abs(count)
      if (!(left <= tap.buf.length - tap.pos)) throw new Error('an array longer than its bytes')
      // Nearly all have one block: made at its size, an array is faster than one that grows.
      items ??= new Array<unknown>(left)
      for (const end = filled + left; filled < end; filled += 1) items[filled] = reader._read(tap)
    }
    return items ?? []
  }
}

/** `typeHook` of avsc: every array of the schema is a bounded one. */
export function boundArrays(schema: unknown, options: object): avro.Type | undefined {
  const isArray =
    typeof schema === 'object' && schema !== null && 'type' in schema && schema.type === 'array'
  return isArray ? new BoundedArrayType(schema as avro.schema.ArrayType, options) : undefined
}
