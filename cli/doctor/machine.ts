import { accessSync, constants, existsSync, readFileSync, statfsSync, statSync } from 'node:fs'
import { type Config } from '../../lib/config.ts'
import { bad, good, warning, type Finding } from './check.ts'

const GIB = 1024 ** 3
const CAP_NET_RAW = 1n << 13n

/** Node's version: other majors are not tried. */
export function checkNode(version: string): Finding {
  const major = Number(version.slice(1).split('.')[0])
  if (major === 24) return good('node', version)
  return bad('node', `${version} is not Node 24`, "run 'make setup'")
}

/** The data folder: there, writable, and with room. */
export function checkDataFolder(config: Config): Finding {
  const { dataDir } = config
  if (!existsSync(dataDir)) {
    return warning('data', `${dataDir} is not there yet`, "'vestibule up' makes it")
  }
  try {
    accessSync(dataDir, constants.W_OK)
  } catch {
    return bad('data', `${dataDir} is not writable`, `chown it to the user that runs Vestibule`)
  }
  if ((statSync(dataDir).mode & 0o006) !== 0) {
    return bad('data', `${dataDir} is open to every user of this machine`, `chmod o-rw ${dataDir}`)
  }
  const disk = statfsSync(dataDir)
  const free = disk.bavail * disk.bsize
  const text = `${(free / GIB).toFixed(1)} GiB free in ${dataDir}`
  if (free < GIB) return bad('disk', text, 'free some space, or lower VESTIBULE_RETENTION_DAYS')
  return good('disk', text)
}

/** Secrets must be readable by their owner only. */
export function checkSecrets(config: Config): Finding {
  const file = `${config.dataDir}/secrets.json`
  if (!existsSync(file)) return warning('secrets', 'none made yet', "'vestibule up' makes them")
  if ((statSync(file).mode & 0o077) === 0) return good('secrets', `${file} is 0600`)
  return bad('secrets', `${file} can be read by others`, `chmod 600 ${file}`)
}

/** Whether this process could capture. */
export function checkCapturePermission(): Finding {
  if (process.getuid?.() === 0) return good('capture', 'permitted (root)')
  const line = /^CapEff:\s*([0-9a-f]+)$/m.exec(readFileSync('/proc/self/status', 'utf8'))?.[1]
  if (line !== undefined && (BigInt(`0x${line}`) & CAP_NET_RAW) !== 0n) {
    return good('capture', 'permitted (CAP_NET_RAW)')
  }
  return warning(
    'capture',
    'this user may not capture packets',
    `sudo setcap cap_net_raw,cap_net_admin=eip ${process.execPath}`,
  )
}
