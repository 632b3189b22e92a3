import { latin1 } from '../../protocols/printable.ts'
import { type GateClient } from './gate-client.ts'
import { type ClientOpening } from './gate-events.ts'

const LONGEST_IDENTIFICATION = 255

/**
 * The body of POST /v1/ssh/connections. `opening` is undefined for a client of which no byte was read, `load` is the gate's
 * own, 0 to 1. The identification stands for its bytes, one character each: a challenge is bound to them.
 */
export function connectionQuestion(
  client: GateClient,
  opening: ClientOpening | undefined,
  gate: string,
  load: number,
): object {
  const about = {
    client: { ip: client.ip, port: client.port },
    ...{ listener: client.listener, gate, gateLoad: load },
  }
  if (opening === undefined) return { ...about, aware: false }
  const { identification, kexInit, hello } = opening
  return {
    ...about,
    identification: latin1(identification).slice(0, LONGEST_IDENTIFICATION),
    kexInit: Buffer.from(kexInit).toString('base64'),
    aware: hello !== undefined,
    ...(hello === undefined ? {} : { hello }),
    ...(hello?.sealedUsername === undefined ? {} : { sealedUsername: hello.sealedUsername }),
  }
}
