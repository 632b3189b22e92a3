import { DISCONNECT, farewellOf, type ConnectionEnd, type Farewell } from './connection-end.ts'

/** OpenSSH shows the sentence as one line; long ones are cut by terminals, not by it. */
const LONGEST = 400

/**
 * What a refused person reads: why, the reason code that `vestibule why CODE` explains, and whom to ask. Text of the
 * policy and of the API, with control characters left out: it ends on a terminal.
 */
export function refusal(
  end: ConnectionEnd,
  why: {
    readonly message: string | undefined
    readonly code: string | undefined
    readonly contact: string | undefined
  },
): Farewell {
  const usual = farewellOf(end)
  const said = why.message ?? usual?.sentence ?? ''
  const code = why.code === undefined || said.includes(why.code) ? '' : ` Reason: ${why.code}.`
  const whom = why.contact === undefined || said.includes(why.contact) ? '' : ` Ask ${why.contact}.`
  const sentence = `${said}${code}${whom}`.replace(CONTROLS, ' ').slice(0, LONGEST)
  return { code: usual?.code ?? DISCONNECT.hostNotAllowed, sentence }
}

// eslint-disable-next-line no-control-regex -- they are what is looked for
const CONTROLS = /[\u0000-\u001f\u007f-\u009f]/g
