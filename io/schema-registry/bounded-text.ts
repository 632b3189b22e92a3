/** The body of an answer as text. Throws when it is longer than that many bytes, before more is read. */
export async function boundedText(answer: Response, mostBytes: number): Promise<string> {
  if (answer.body === null) return ''
  const parts: Uint8Array[] = []
  let length = 0
  for await (const part of answer.body as AsyncIterable<Uint8Array>) {
    length += part.length
    if (length > mostBytes) throw new Error(`an answer of more than ${mostBytes} bytes`)
    parts.push(part)
  }
  return Buffer.concat(parts).toString('utf8')
}
