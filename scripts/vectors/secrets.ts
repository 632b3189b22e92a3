import { connectionBind } from '../../protocols/challenge/bind.ts'
import { deviceDigest } from '../../gates/ssh/client/device-consent.ts'
import { gateKeys } from '../../protocols/challenge/gate-keys.ts'
import { seal, type SealPurpose } from '../../protocols/challenge/seal.ts'
import { signMessage } from '../../protocols/challenge/signature.ts'
import { routabilityCookie, stampMac } from '../../protocols/challenge/stamp-mac.ts'
import { fixed, hex } from './inputs.ts'

interface SecretVectors {
  readonly bind: {
    readonly identification: string
    readonly kexInit: string
    readonly bind: string
  }
  readonly gate: {
    readonly signSeed: string
    readonly signPublic: string
    readonly sealSeed: string
    readonly sealPublic: string
  }
  readonly signatures: readonly {
    readonly bind: string
    readonly body: string
    readonly signature: string
  }[]
  readonly sealed: readonly {
    readonly purpose: SealPurpose
    readonly bind: string
    readonly nonce: string
    readonly ephemeralSeed: string
    readonly text: string
    readonly sealed: string
  }[]
  readonly macs: readonly {
    readonly key: string
    readonly nonce: string
    readonly timestamp: number
    readonly bind: string
    readonly mac: string
  }[]
  readonly cookie: {
    readonly secret: string
    readonly nonce: string
    readonly timestamp: number
    readonly bind: string
    readonly address: string
    readonly mac: string
  }
  readonly device: {
    readonly salt: string
    readonly fields: readonly string[]
    readonly values: Readonly<Record<string, string>>
    readonly digest: string
  }
}

const SEEDS = { sign: fixed('sign seed'), seal: fixed('seal seed') }
const TIMESTAMP = 1_795_347_923_831

export function secretVectors(): SecretVectors {
  const keys = gateKeys(SEEDS)
  const bind = fixed('bind')
  const kexInit = Buffer.concat([Buffer.of(20), fixed('cookie').subarray(0, 16), Buffer.alloc(45)])
  const body = '{"type":"result","v":1,"outcome":"proceed"}'
  return {
    bind: {
      identification: 'SSH-2.0-OpenSSH_9.2p1 Debian-2',
      kexInit: hex(kexInit),
      bind: hex(connectionBind(Buffer.from('SSH-2.0-OpenSSH_9.2p1 Debian-2'), kexInit)),
    },
    gate: {
      signSeed: hex(SEEDS.sign),
      signPublic: hex(keys.public.sign),
      sealSeed: hex(SEEDS.seal),
      sealPublic: hex(keys.public.seal),
    },
    signatures: [
      { bind: hex(bind), body, signature: hex(signMessage(keys.sign, bind, Buffer.from(body))) },
    ],
    sealed: sealedVectors(keys.public.seal, bind),
    macs: macVectors(bind),
    cookie: cookieVector(bind),
    device: deviceVector(),
  }
}

function sealedVectors(gate: Uint8Array, bind: Buffer): SecretVectors['sealed'] {
  const cases = [
    ['username', '', 'anna'],
    ['answer', hex(fixed('nonce')), 'the blue house by the river'],
    ['totp', hex(fixed('nonce')), '492039'],
    ['device', hex(fixed('nonce')), 'x'.repeat(63)],
    ['answer', hex(fixed('nonce')), ''],
  ] as const
  return cases.map(([purpose, nonce, text], at) => {
    const ephemeralSeed = fixed(`ephemeral ${at}`)
    const context = { purpose, bind, nonce: Buffer.from(nonce, 'hex') }
    return {
      purpose,
      bind: hex(bind),
      nonce,
      ephemeralSeed: hex(ephemeralSeed),
      text,
      sealed: hex(seal(gate, ephemeralSeed, context, Buffer.from(text))),
    }
  })
}

function macVectors(bind: Buffer): SecretVectors['macs'] {
  const key = fixed('enrolment key')
  return [Buffer.alloc(0), fixed('nonce')].map((nonce) => ({
    key: hex(key),
    nonce: hex(nonce),
    timestamp: TIMESTAMP,
    bind: hex(bind),
    mac: hex(stampMac(key, { nonce, timestamp: TIMESTAMP, bind })),
  }))
}

function cookieVector(bind: Buffer): SecretVectors['cookie'] {
  const secret = fixed('gate secret')
  const address = Buffer.from('20010db8000000000000000000000001', 'hex')
  const input = { nonce: fixed('nonce'), timestamp: TIMESTAMP, bind, address }
  return {
    secret: hex(secret),
    nonce: hex(input.nonce),
    timestamp: TIMESTAMP,
    bind: hex(bind),
    address: hex(address),
    mac: hex(routabilityCookie(secret, input)),
  }
}

function deviceVector(): SecretVectors['device'] {
  const salt = fixed('device salt')
  const fields = ['machine-id', 'hostname', 'os', 'architecture']
  const values = {
    'machine-id': 'd4ae8b9e2b5a4f6d9c1d6a3f0a7e5b21',
    hostname: 'laptop-17',
    os: 'linux',
    architecture: 'amd64',
  }
  return { salt: hex(salt), fields, values, digest: hex(deviceDigest(salt, fields, values)) }
}
