import { type Arguments } from './arguments.ts'

/** What the client did when it was asked for a certificate; 0 is X509_V_OK. */
export function certificateOf(given: Arguments): 'none' | 'presented' | 'verified' {
  if (given.flag('cert-presented') !== true) return 'none'
  return given.number('cert-verify') === 0 ? 'verified' : 'presented'
}
