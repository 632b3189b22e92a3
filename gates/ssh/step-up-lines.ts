import { parseAddress } from '../../lib/client-entity.ts'

/**
 * What the PAM module says and hears over the gate's Unix socket (gates/ssh/pam/pam_vestibule.c): lines of a name and a
 * text, at most 1,023 bytes.
 */
export const LONGEST_LINE = 1_023

/** Who logs in, as the step-up sshd sees it. */
export interface StepUpLogin {
  readonly user: string
  readonly service: string
  /** The gate's own socket, or the client's in spawn mode: by it the gate knows the client. */
  readonly peer: { readonly address: Uint8Array; readonly port: number }
}

/** The lines before the empty one; undefined when they are not what they should be. */
export function readLogin(lines: readonly string[]): StepUpLogin | undefined {
  const [version, ...rest] = lines
  if (version !== 'step-up 1') return undefined
  const said = new Map(rest.map((line) => splitLine(line)))
  const user = said.get('user')
  const [ip = '', port = ''] = (said.get('peer') ?? '').split(' ')
  const address = parseAddress(ip)
  if (user === undefined || user === '' || user.length > 256) return undefined
  if (address === undefined || !/^\d{1,5}$/.test(port)) return undefined
  const service = (said.get('service') ?? '').slice(0, 64)
  return { user, service, peer: { address, port: Number(port) } }
}

/** Text of an answer; undefined when the line is none. */
export function readAnswer(line: string): string | undefined {
  const [name, text] = splitLine(line)
  return name === 'answer' ? text : undefined
}

function splitLine(line: string): readonly [string, string] {
  const at = line.indexOf(' ')
  return at < 0 ? [line, ''] : [line.slice(0, at), line.slice(at + 1)]
}

export function askLine(prompt: string, echo: boolean): string {
  return lineOf(`ask ${echo ? 1 : 0}`, prompt)
}

export const ALLOW_LINE = 'allow\n'

export function denyLine(sentence: string): string {
  return lineOf('deny', sentence)
}

/** Control characters would end on a terminal; what is too long is cut between characters. */
function lineOf(name: string, text: string): string {
  const plain = text.replace(/\p{Cc}+/gu, ' ')
  const room = LONGEST_LINE - name.length - 1
  const bytes = Buffer.from(plain).subarray(0, room)
  return `${name} ${bytes.toString('utf8').replace(/\ufffd$/, '')}\n`
}
