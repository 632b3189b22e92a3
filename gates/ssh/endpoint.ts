/** A host and port as `host:port`, `[2001:db8::1]:22`, or a port alone on loopback. */
export interface Endpoint {
  readonly host: string
  readonly port: number
}

/** Undefined when it is none. `defaultHost` stands in for a port alone. */
export function parseEndpoint(text: string, defaultHost = '127.0.0.1'): Endpoint | undefined {
  const bracketed = /^\[([0-9a-fA-F:.]{2,45})\]:(\d{1,5})$/.exec(text)
  const plain = /^([A-Za-z0-9._-]{1,253}):(\d{1,5})$/.exec(text)
  const alone = /^(\d{1,5})$/.exec(text)
  const [host, digits] =
    bracketed !== null
      ? [bracketed[1], bracketed[2]]
      : plain !== null
        ? [plain[1], plain[2]]
        : [defaultHost, alone?.[1]]
  const port = Number(digits)
  if (digits === undefined || host === undefined || port > 65_535) return undefined
  return { host, port }
}

export function endpointText({ host, port }: Endpoint): string {
  return host.includes(':') ? `[${host}]:${port}` : `${host}:${port}`
}
