import { spawnSync } from 'node:child_process'

/** May this process capture packets here? Tests that must are skipped, and say why, when not. */
export function mayCapture():
  { readonly kind: 'yes' } | { readonly kind: 'no'; readonly why: string } {
  if (process.getuid?.() !== 0) return { kind: 'no', why: 'not root' }
  const tcpdump = spawnSync('tcpdump', ['-i', 'lo', '-d', 'tcp'])
  if (tcpdump.error !== undefined) return { kind: 'no', why: 'no tcpdump' }
  return tcpdump.status === 0 ? { kind: 'yes' } : { kind: 'no', why: 'no right to capture' }
}

/** May this process make a pair of connected interfaces? */
export function mayMakeInterfaces(): boolean {
  if (mayCapture().kind === 'no') return false
  const name = `vstp${process.pid % 100_000}`
  const made = spawnSync('ip', ['link', 'add', name, 'type', 'veth']).status === 0
  if (made) spawnSync('ip', ['link', 'delete', name])
  return made
}
