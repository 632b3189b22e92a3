import { expect, test } from '@jest/globals'
import avro from 'avsc'
import { boundArrays } from '../../../lib/codec/bounded-arrays.ts'
import { singleObjectCodec } from '../../../lib/codec/single-object.ts'
import { exampleRecord } from '../../support/example-record.ts'

const codec = singleObjectCodec()
const numbers = avro.Type.forSchema({ type: 'array', items: 'int' }, { typeHook: boundArrays })

test('arrays are read in blocks, with and without their size', () => {
  // Two items, then one in a block that tells its size of 1 byte, then the end.
  expect(numbers.fromBuffer(Buffer.from([4, 2, 4, 1, 2, 6, 0]))).toEqual([1, 2, 3])
})

test('a count that the bytes cannot hold is refused at once', () => {
  const billion = [0x80, 0xa8, 0xd6, 0xb9, 0x07]
  expect((): unknown => numbers.fromBuffer(Buffer.from([...billion, 2]))).toThrow(
    'an array longer than its bytes',
  )
  // In a second block too.
  expect((): unknown => numbers.fromBuffer(Buffer.from([2, 2, ...billion, 2]))).toThrow(
    'an array longer than its bytes',
  )
})

test('a record whose array says so is malformed, in milliseconds', () => {
  const value = Buffer.from(
    codec.encode('TlsHello', exampleRecord('TlsHello', { cipherSuites: [] })),
  )
  const whole = Buffer.from(
    codec.encode('TlsHello', exampleRecord('TlsHello', { cipherSuites: [0x1301] })),
  )
  // Where the two differ first is the count of cipher suites.
  const at = value.findIndex((byte, i) => byte !== whole[i])
  const broken = Buffer.concat([
    value.subarray(0, at),
    Buffer.from([0x80, 0xa8, 0xd6, 0xb9, 0x07]),
    value.subarray(at + 1),
  ])
  expect(codec.decode(broken)).toEqual({
    kind: 'reject',
    code: 'malformed',
    at: 'an array longer than its bytes',
  })
})
