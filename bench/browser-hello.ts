/** A ClientHello of a browser's size and shape, as a handshake message: 16 suites, 10 extensions. */
export function browserHelloBytes(): Uint8Array {
  const u16 = (n: number): number[] => [n >> 8, n & 255]
  const list = (numbers: readonly number[]): number[] => numbers.flatMap(u16)
  const extension = (type: number, body: readonly number[]): number[] => [
    ...u16(type),
    ...u16(body.length),
    ...body,
  ]
  const suites = list([
    0x0a0a, 0x1301, 0x1302, 0x1303, 0xc02b, 0xc02f, 0xc02c, 0xc030, 0xcca9, 0xcca8, 0xc013, 0xc014,
    0x9c, 0x9d, 0x2f, 0x35,
  ])
  const name = [...Buffer.from('www.example.test')]
  const share = Array.from({ length: 32 }, (_, i) => (i * 37) & 255)
  const groups = list([0x1a1a, 0x1d, 0x17, 0x18])
  const algorithms = list([0x403, 0x804, 0x401, 0x503, 0x805, 0x501, 0x806, 0x601])
  const extensions = [
    ...extension(0, [...u16(name.length + 3), 0, ...u16(name.length), ...name]),
    ...extension(23, []),
    ...extension(10, [...u16(groups.length), ...groups]),
    ...extension(11, [1, 0]),
    ...extension(16, [0, 12, 2, 0x68, 0x32, 8, ...Buffer.from('http/1.1')]),
    ...extension(5, [1, 0, 0, 0, 0]),
    ...extension(13, [...u16(algorithms.length), ...algorithms]),
    ...extension(51, [0, 36, 0, 0x1d, 0, 32, ...share]),
    ...extension(45, [1, 1]),
    ...extension(43, [6, 0x2a, 0x2a, 3, 4, 3, 3]),
  ]
  const random = Array.from({ length: 32 }, (_, i) => (i * 151 + 13) & 255)
  const body = [
    3,
    3,
    ...random,
    32,
    ...random,
    ...u16(suites.length),
    ...suites,
    1,
    0,
    ...u16(extensions.length),
    ...extensions,
  ]
  return Uint8Array.from([1, 0, ...u16(body.length), ...body])
}
