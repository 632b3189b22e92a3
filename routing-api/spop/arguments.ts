import { addressText } from '../../lib/client-entity.ts'
import { type SpopMessage } from '../../protocols/spop/notify.ts'
import { type TypedData } from '../../protocols/spop/typed-data.ts'
import { latin1, printable } from '../../protocols/printable.ts'

/** Arguments of one message, as what they should be: of another type is as good as absent. */
export interface Arguments {
  /** IPv4 or IPv6 address as text. */
  address(name: string): string | undefined
  port(name: string): number | undefined
  number(name: string): number | undefined
  flag(name: string): boolean | undefined
  bytes(name: string): Uint8Array | undefined
  /** Printable, cut to what the schema of the HTTP route takes. */
  text(name: string, most?: number): string | undefined
}

const LONGEST_TEXT = 255

export function argumentsOf({ args }: SpopMessage): Arguments {
  const number = (name: string): number | undefined => {
    const data = args.get(name)
    return data !== undefined && isInteger(data) ? Number(data.value) : undefined
  }
  return {
    number,
    address(name): string | undefined {
      const data = args.get(name)
      if (data?.kind === 'ipv4') return data.value.join('.')
      return data?.kind === 'ipv6' ? addressText(data.value) : undefined
    },
    port(name): number | undefined {
      const port = number(name)
      return port !== undefined && port >= 0 && port <= 65_535 ? port : undefined
    },
    flag(name): boolean | undefined {
      const data = args.get(name)
      if (data?.kind === 'bool') return data.value
      const value = number(name)
      return value === undefined ? undefined : value !== 0
    },
    bytes(name): Uint8Array | undefined {
      const data = args.get(name)
      return data?.kind === 'binary' || data?.kind === 'string' ? data.value : undefined
    },
    text(name, most = LONGEST_TEXT): string | undefined {
      const data = args.get(name)
      if (data?.kind !== 'string' && data?.kind !== 'binary') return undefined
      return data.value.length > most
        ? printable(data.value, most).slice(0, most)
        : clean(data.value)
    },
  }
}

function clean(bytes: Uint8Array): string | undefined {
  if (bytes.length === 0) return undefined
  const text = latin1(bytes)
  return /^[\x20-\x7e]*$/.test(text) ? text : printable(bytes).slice(0, LONGEST_TEXT)
}

function isInteger(data: TypedData): data is Extract<TypedData, { readonly value: bigint }> {
  return 'value' in data && typeof data.value === 'bigint'
}
