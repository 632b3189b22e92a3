/** How a question reaches the user; `nobody` when there is neither terminal nor askpass program. */
export type Asker =
  | { readonly kind: 'terminal' }
  | { readonly kind: 'askpass'; readonly program: string }
  | { readonly kind: 'nobody' }

/** Chooses as OpenSSH does (ssh(1), SSH_ASKPASS and SSH_ASKPASS_REQUIRE). */
export function chooseAsker(
  env: Readonly<Record<string, string | undefined>>,
  hasTerminal: boolean,
): Asker {
  const program = env['SSH_ASKPASS'] ?? ''
  const hasDisplay = env['DISPLAY'] !== undefined || env['WAYLAND_DISPLAY'] !== undefined
  const askpass = program === '' ? undefined : ({ kind: 'askpass', program } as const)
  const terminal = hasTerminal ? ({ kind: 'terminal' } as const) : undefined
  const nobody = { kind: 'nobody' } as const
  switch (env['SSH_ASKPASS_REQUIRE']) {
    case 'never':
      return terminal ?? nobody
    case 'force':
      return askpass ?? nobody
    case 'prefer':
      return askpass ?? terminal ?? nobody
    case undefined:
    default:
      return terminal ?? (hasDisplay ? askpass : undefined) ?? nobody
  }
}
