import { afterEach, describe, expect, test } from '@jest/globals'
import { spawn } from 'node:child_process'
import { createHmac } from 'node:crypto'
import { createSocket } from 'node:dgram'
import { createServer } from 'node:net'
import { type AddressInfo } from 'node:net'
import { once } from 'node:events'
import { join } from 'node:path'
import { syslogSender } from '../../../io/alerts/send-syslog.ts'
import { postWebhook } from '../../../io/alerts/post-webhook.ts'
import { AlertWords } from '../../../lib/alert-words.ts'
import { syslogReceiver, webhookReceiver, type Verdict } from '../../../sinks/alerts/receiver.ts'
import { type ToldAlert } from '../../../sinks/alerts/told-alert.ts'
import { eventually } from '../../support/eventually.ts'
import { startHook, type Hook } from '../../support/hook.ts'
import { temporaryFolder } from '../../support/programs.ts'

const ALERT: ToldAlert = {
  ...{
    id: 'ab'.repeat(16),
    kind: 'terminated',
    severity: 'critical',
    entity: 'ip:203.0.113.9#ssh',
  },
  message: 'SSH connection of 203.0.113.9 to bastion was terminated: risk 97 (s_fail_inv)',
  ...{ site: 'here', sensor: 'routing-api', atMs: 1_795_305_600_000, details: '{"risk":97}' },
}
const LINE =
  '<82>1 2026-11-22T00:00:00.000Z bastion vestibule 7 terminated [vestibule@32473 entity="ip:203.0.113.9#ssh" ' +
  `severity="critical" site="here" id="${ALERT.id}"] ${ALERT.message}`

const ends: (() => void)[] = []
afterEach(() => {
  for (const end of ends.splice(0)) end()
})

function toSyslog(to: string): Promise<Verdict> {
  const sender = syslogSender()
  ends.push(() => {
    sender.close()
  })
  const receiver = syslogReceiver(sender.send, { host: 'bastion', processId: 7 })
  return receiver.send(ALERT, AlertWords.parse({ syslog: { to } }))
}

describe('syslog', () => {
  test('a datagram at a real UDP port is the message of RFC 5424', async () => {
    const socket = createSocket('udp4')
    socket.bind(0, '127.0.0.1')
    await once(socket, 'listening')
    ends.push(() => socket.close())
    const heard = once(socket, 'message')
    expect(await toSyslog(`udp://127.0.0.1:${socket.address().port}`)).toBe('done')
    expect(String((await heard)[0])).toBe(LINE)
  })

  test('over TCP it is octet-counted, two on one connection; a receiver that went is reached anew', async () => {
    let heard = ''
    let connections = 0
    const server = createServer((socket) => {
      connections += 1
      socket.on('error', () => undefined)
      socket.on('data', (bytes) => {
        heard += bytes.toString()
        if (connections === 1 && heard.length >= 2 * framed.length) socket.destroy()
      })
    })
    const framed = `${LINE.length} ${LINE}`
    server.listen(0, '127.0.0.1')
    await once(server, 'listening')
    ends.push(() => server.close())
    const sender = syslogSender()
    ends.push(() => {
      sender.close()
    })
    const receiver = syslogReceiver(sender.send, { host: 'bastion', processId: 7 })
    const to = `tcp://127.0.0.1:${(server.address() as AddressInfo).port}`
    const words = AlertWords.parse({ syslog: { to } })
    expect(await receiver.send(ALERT, words)).toBe('done')
    expect(await receiver.send(ALERT, words)).toBe('done')
    await eventually('both came', () => heard === framed + framed)
    await eventually('a third comes over a second connection', async () => {
      await receiver.send(ALERT, words)
      return connections === 2 && heard.length > 2 * framed.length
    })
  })

  test('nobody at the TCP port: again', async () => {
    const server = createServer().listen(0, '127.0.0.1')
    await once(server, 'listening')
    const { port } = server.address() as AddressInfo
    server.close()
    expect(await toSyslog(`tcp://127.0.0.1:${port}`)).toBe('again')
  })

  test('local: a datagram at the socket that /dev/log is, in its own form, by logger(1)', async () => {
    const folder = temporaryFolder('dev-log')
    const path = join(folder.path, 'log')
    const program =
      "import socket,sys; s=socket.socket(socket.AF_UNIX,socket.SOCK_DGRAM); s.bind(sys.argv[1]); print('up',flush=True); print(s.recv(4096).decode(),flush=True)"
    const listener = spawn('python3', ['-c', program, path])
    let heard = ''
    listener.stdout.on('data', (bytes: Buffer) => (heard += bytes.toString()))
    ends.push(() => {
      listener.kill()
      folder.remove()
      delete process.env['VESTIBULE_DEV_LOG']
    })
    await eventually('it listens', () => heard.startsWith('up'))
    process.env['VESTIBULE_DEV_LOG'] = path
    expect(await toSyslog('local')).toBe('done')
    await eventually('it came', () => heard.includes('terminated: risk 97'))
    expect(heard).toMatch(
      /^up\n<82>\w{3} [ \d]\d [\d:]{8} vestibule: SSH connection of 203\.0\.113\.9/,
    )
    process.env['VESTIBULE_DEV_LOG'] = join(folder.path, 'nobody')
    expect(await toSyslog('local')).toBe('again')
  })
})

async function hookWith(statuses: readonly (number | 'silent')[]): Promise<Hook> {
  const hook = await startHook(statuses)
  ends.push(hook.stop)
  return hook
}

function toWebhook(url: string): Promise<Verdict> {
  const key = Buffer.from('key')
  const receiver = webhookReceiver(postWebhook, key, () => 1_795_305_601_500)
  return receiver.send(ALERT, AlertWords.parse({ webhook: { url, timeoutMs: 300 } }))
}

describe('webhook', () => {
  test('the body, its id and its signature, which the receiver can make again', async () => {
    const { url, asked } = await hookWith([200])
    expect(await toWebhook(url)).toBe('done')
    const [{ headers, body } = { headers: {}, body: '' }] = asked
    expect(JSON.parse(body)).toEqual({
      text: `[critical] ${ALERT.message}`,
      ...{ id: ALERT.id, kind: 'terminated', severity: 'critical', entity: 'ip:203.0.113.9#ssh' },
      ...{ message: ALERT.message, site: 'here', sensor: 'routing-api' },
      ...{ at: '2026-11-22T00:00:00.000Z', details: { risk: 97 } },
    })
    const mac = createHmac('sha256', 'key').update(`1795305601.${body}`).digest('hex')
    expect(headers['x-vestibule-signature']).toBe(`t=1795305601,v1=${mac}`)
    expect(headers['x-vestibule-delivery']).toBe(ALERT.id)
  })

  test('busy and broken receivers are tried again; a no is a no; redirections are not followed', async () => {
    const { url, asked } = await hookWith([500, 503, 429, 400, 404, 302, 'silent', 204])
    const verdicts: Verdict[] = []
    for (let n = 0; n < 8; n += 1) verdicts.push(await toWebhook(url))
    expect(verdicts).toEqual([
      ...(['again', 'again', 'again', 'never', 'never', 'never', 'again', 'done'] as const),
    ])
    expect(asked).toHaveLength(8)
  })
})
