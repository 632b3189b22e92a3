/** The servers of a recording, on the address given: prints shell assignments when all listen, and runs until it is ended. */
import { readFileSync, writeFileSync } from 'node:fs'
import { startSshd } from '../../test/support/sshd.ts'
import { startTlsServer } from '../../test/support/tls-server.ts'

const address = process.argv[2] ?? '127.0.0.1'
const names = ['DNS:www.vestibule.test', 'DNS:api.vestibule.test', `IP:${address}`]

const sshd = await startSshd({ address, port: 22, log: 'syslog', config: ['MaxStartups 100'] })
const https = await startTlsServer({ address, port: 443, names })
const other = await startTlsServer({ address, port: 8443, names, groups: 'P-384' })

const trust = `${https.certificatePath}.all`
writeFileSync(
  trust,
  [https, other].map((server) => readFileSync(server.certificatePath, 'utf8')).join(''),
)
process.stdout.write(`KEY='${sshd.keyPath}'
KNOWN_HOSTS='${sshd.knownHostsPath}'
TRUST='${trust}'
SSH_OPTIONS='${sshd.clientOptions.join(' ')}'
`)
