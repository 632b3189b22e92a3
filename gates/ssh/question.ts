import { printable } from '../../protocols/printable.ts'
import { type GateClient } from './gate-client.ts'
import { type ClientOpening } from './gate-events.ts'

const LONGEST_IDENTIFICATION = 255

/** The body of POST /v1/ssh/connections. `opening` is undefined for a client of which no byte was read. */
export function connectionQuestion(
  client: GateClient,
  opening: ClientOpening | undefined,
  gate: string,
): object {
  const about = { client: { ip: client.ip, port: client.port }, listener: client.listener, gate }
  if (opening === undefined) return { ...about, aware: false }
  const { identification, kexInit, hello } = opening
  return {
    ...about,
    identification: printable(identification).slice(0, LONGEST_IDENTIFICATION),
    kexInit: Buffer.from(kexInit).toString('base64'),
    aware: hello !== undefined,
    ...(hello === undefined ? {} : { hello }),
    ...(hello?.sealedUsername === undefined ? {} : { sealedUsername: hello.sealedUsername }),
  }
}
