import { afterEach, expect, test } from '@jest/globals'
import { once } from 'node:events'
import { connect, type Socket } from 'node:net'
import { setImmediate } from 'node:timers/promises'
import { run, testApi, type Running } from '../../routing-api/harness.ts'

let running: Running | undefined
afterEach(async () => {
  await running?.close()
  running = undefined
})

const BODY = '{"client":{"ip":"192.0.2.1"}}'
const HEAD = 'Host: 127.0.0.1\r\nContent-Type: application/json\r\n'

/** Status and code or pool of every answer that comes back on one connection, in order. */
async function answers(parts: readonly string[], most: number): Promise<readonly string[]> {
  running = await run(testApi())
  const socket = connect(Number(new URL(running.url).port), '127.0.0.1')
  await once(socket, 'connect')
  const read = allOf(socket, most)
  for (const part of parts) {
    socket.write(part)
    await setImmediate()
  }
  return await read
}

/** Reads until `most` answers are whole or the server closes. */
function allOf(socket: Socket, most: number): Promise<readonly string[]> {
  let text = ''
  return new Promise((resolve, reject) => {
    const found = (): readonly string[] =>
      [
        ...text.matchAll(/HTTP\/1\.1 (\d{3})[^]*?\r\n\r\n\{[^]*?"(?:pool|code|status)":"([^"]+)"/g),
      ].map(([, status = '', word = '']) => `${status} ${word}`)
    socket.on('data', (chunk) => {
      text += chunk.toString()
      if (found().length >= most) socket.destroy()
    })
    socket.on('close', () => {
      resolve(found())
    })
    socket.on('error', reject)
  })
}

test('a body is whole when it comes byte by byte, in chunks, or with the next request behind it', async () => {
  const sized = `POST /v1/handshakes HTTP/1.1\r\n${HEAD}Content-Length: ${BODY.length}\r\n\r\n${BODY}`
  const chunks = [BODY.slice(0, 5), BODY.slice(5)].map(
    (c) => `${c.length.toString(16)}\r\n${c}\r\n`,
  )
  const chunked = `POST /v1/handshakes HTTP/1.1\r\n${HEAD}Transfer-Encoding: chunked\r\n\r\n${chunks.join('')}0\r\n\r\n`
  expect(await answers([...Array.from(sized), chunked, sized + sized], 4)).toEqual([
    '200 no-history',
    '200 no-history',
    '200 no-history',
    '200 no-history',
  ])
})

test('a body that nobody reads is passed over: the next request on the connection is answered', async () => {
  const read = `GET /healthz HTTP/1.1\r\n${HEAD}Content-Length: 3\r\n\r\nabc`
  const unknown = `POST /nowhere HTTP/1.1\r\n${HEAD}Content-Length: 4\r\n\r\n{"a"`
  const broken = `POST /v1/outcomes HTTP/1.1\r\n${HEAD}Content-Length: 4\r\n\r\n{"a"`
  expect(await answers([read, unknown, broken, read], 4)).toEqual([
    '200 ok',
    '404 not-found',
    '400 malformed',
    '200 ok',
  ])
})

test('chunks beyond the limit are refused before they end, and the connection closes', async () => {
  const chunk = `4000\r\n${'a'.repeat(0x4000)}\r\n`
  const head = `POST /v1/handshakes HTTP/1.1\r\n${HEAD}Transfer-Encoding: chunked\r\n\r\n`
  expect(await answers([head, chunk, chunk, chunk, chunk, chunk], 2)).toEqual(['413 too-large'])
})
