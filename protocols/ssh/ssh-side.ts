import { IdentificationReader } from './identification.ts'
import { type KexInit } from './kex-init.ts'
import { PacketReader } from './packet-reader.ts'

/** What one side of an SSH connection has shown so far. */
export class SshSide {
  readonly identification = new IdentificationReader()
  readonly packets = new PacketReader()
  phase: 'identification' | 'packets' | 'encrypted' | 'lost' = 'identification'
  captured = false
  malformed = false
  identified: Uint8Array | undefined
  identifiedAt: number | undefined
  kexInit: KexInit | undefined
  kexInitAt: number | undefined
  kexInitLost = false
  /** It sent a packet after its KEXINIT. */
  wentOn = false
}

const SSH_1 = [0x53, 0x53, 0x48, 0x2d, 0x31, 0x2e]
const NINES = [0x39, 0x39]

/** True for SSH-1.x but 1.99, by which a server says that it speaks both (RFC 4253 section 5.1). */
export function isVersion1(identification: Uint8Array): boolean {
  return (
    SSH_1.every((byte, i) => identification[i] === byte) &&
    !NINES.every((byte, i) => identification[SSH_1.length + i] === byte)
  )
}
