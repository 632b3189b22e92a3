import { type CaptureFault, captureFault } from '../../protocols/packet/capture-fault.ts'

/** Makes one clear sentence of what libpcap, the addon or tcpdump said. */
export function liveFault(
  text: string,
  on: {
    readonly interface: string
    readonly filter: string
    readonly interfaces: readonly string[]
    /** The program that needs the rights. */
    readonly program: string
  },
): CaptureFault {
  const said = text.trim().split('\n').at(-1) ?? ''
  if (/no such device|doesn't exist|No such device exists|SIOCGIFHWADDR/i.test(text)) {
    return noSuchInterface(on.interface, on.interfaces)
  }
  if (/not permitted|permission|CAP_NET_RAW/i.test(text)) {
    return captureFault(
      'not-permitted',
      0,
      `Capturing on ${on.interface} needs rights that this process does not have: run it as root, or grant them once with "sudo setcap cap_net_raw,cap_net_admin=eip ${on.program}".`,
    )
  }
  if (
    /syntax error|parse|filter|expression|unknown host|illegal|qualifier|ethernet addr/i.test(text)
  ) {
    const filter = on.filter.length > 200 ? `${on.filter.slice(0, 200)}...` : on.filter
    return captureFault('bad-filter', 0, `The filter "${filter}" is not valid: ${said}.`)
  }
  return captureFault('driver-failed', 0, `Capturing on ${on.interface} failed: ${said}.`)
}

export function noSuchInterface(name: string, interfaces: readonly string[]): CaptureFault {
  const there = [...interfaces, 'any'].join(', ')
  return captureFault('no-such-interface', 0, `There is no interface ${name}; there are ${there}.`)
}
