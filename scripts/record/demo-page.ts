/**
 * The page beside the demonstration recording, from what is in it: demo-page.ts CAPTURE LABELS, to stdout. Exit code 1
 * when somebody who was meant to be in it is not.
 */
import { execFileSync } from 'node:child_process'
import { readFileSync } from 'node:fs'

interface Label {
  readonly client: string
  readonly label: string
  readonly tool: string
}

const [capture = '', labels = ''] = process.argv.slice(2)
const people = readFileSync(labels, 'utf8')
  .split('\n')
  .filter((line) => line !== '')
  .map((line) => JSON.parse(line) as Label)
const opened = tshark('tcp.flags.syn == 1 && tcp.flags.ack == 0', 'ip.src', 'frame.time_relative')
const hellos = tshark('tls.handshake.type == 1', 'ip.src', 'tls.handshake.ja3')
const packets = tshark('frame', 'frame.time_epoch')
const last = tshark('frame', 'frame.time_relative').at(-1)?.[0] ?? '0'
const began = new Date(Number(packets[0]?.[0] ?? 0) * 1000)

const rows = people.map(({ client, label, tool }) => {
  const mine = opened.filter(([from]) => from === client)
  const fingerprints = new Set(hellos.filter(([from]) => from === client).map(([, ja3]) => ja3))
  const first = Number(mine[0]?.[1] ?? Number.NaN).toFixed(1)
  return `| ${client} | ${label} | ${tool} | ${mine.length} | ${first} | ${fingerprints.size} |`
})

const absent = people.filter(({ client }) => !opened.some(([from]) => from === client))
if (absent.length > 0) {
  const tools = absent.map(({ tool }) => tool).join(', ')
  process.stderr.write(`demo: no connection of ${tools}: a busy machine? Record again.\n`)
  process.exit(1)
}

process.stdout.write(`# The demonstration recording

What \`make run\` replays: ordinary and hostile clients of a web server and an SSH server, recorded for real with tcpdump by
\`scripts/record/demo.sh\` in network namespaces of one machine, as a mirror port would have seen them (Ethernet, MTU 1500, whole
packets). The addresses are those kept for documentation (RFC 5737), the users were made for the recording, and keys,
certificates and passwords were thrown away with it.

- Began: ${began.toISOString()}; lasts ${Number(last).toFixed(0)} s; ${packets.length} packets; ${opened.length} connections; ${hellos.length} ClientHellos
- Servers: 192.0.2.10, HTTPS on 443 (Node), SSH on 22 (OpenSSH)
- \`demo.auth.log\`: sshd's messages of the same minute, in the form rsyslog gives them on Debian 12
- \`demo.labels.jsonl\`: the first three columns below, for judging scores

| client | label | program | connections | first at (s) | different JA3 |
|---|---|---|---|---|---|
${rows.join('\n')}
`)

function tshark(filter: string, ...fields: readonly string[]): string[][] {
  const columns = fields.flatMap((field) => ['-e', field])
  const output = execFileSync('tshark', ['-r', capture, '-Y', filter, '-T', 'fields', ...columns], {
    encoding: 'utf8',
    maxBuffer: 1 << 28,
    stdio: ['ignore', 'pipe', 'ignore'],
  })
  return output
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => line.split('\t'))
}
