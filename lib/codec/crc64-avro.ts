const EMPTY = 0xc15d213aa4d7a795n

const TABLE = Array.from({ length: 256 }, (_, byte) => {
  let fingerprint = BigInt(byte)
  for (let bit = 0; bit < 8; bit += 1) {
    fingerprint = (fingerprint >> 1n) ^ (EMPTY & -(fingerprint & 1n))
  }
  return fingerprint
})

/** CRC-64-AVRO, the Rabin fingerprint of Avro 1.12, "Schema Fingerprints": 8 bytes, little-endian. */
export function crc64Avro(data: Uint8Array): Uint8Array {
  let fingerprint = EMPTY
  for (const byte of data) {
    const index = Number((fingerprint ^ BigInt(byte)) & 0xffn)
    fingerprint = (fingerprint >> 8n) ^ (TABLE[index] ?? 0n)
  }
  const out = new Uint8Array(8)
  new DataView(out.buffer).setBigUint64(0, fingerprint, true)
  return out
}
