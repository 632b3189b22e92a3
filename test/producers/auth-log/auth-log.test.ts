import { describe, expect, test } from '@jest/globals'
import fc from 'fast-check'
import { addressText } from '../../../lib/client-entity.ts'
import { singleObjectCodec } from '../../../lib/codec/single-object.ts'
import { CLEAR_ADDRESSES } from '../../../lib/pseudonym.ts'
import { createAuthLog } from '../../../producers/auth-log/auth-log.ts'
import { timeZone, UTC } from '../../../producers/auth-log/time-zone.ts'
import { type SshAuthAttempt } from '../../../schemas/generated/records.ts'

const NOW = Date.UTC(2026, 0, 2) * 1000

function read(lines: readonly string[]): SshAuthAttempt[] {
  const log = newLog()
  return [...lines.flatMap((line, i) => log.line(line, i, NOW)), ...log.flush(NOW)]
}

function newLog(zone = UTC) {
  return createAuthLog({
    sensor: 'auth.log',
    site: 'here',
    listener: 'ssh',
    privacy: {
      addresses: CLEAR_ADDRESSES,
      clearNames: true,
      hashName: (name) => `hash-of-${name.length}`,
    },
    zone,
  })
}

function syslog(message: string, pid = 7): string {
  return `Dec 31 23:59:0${pid % 10} host sshd[${pid}]: ${message}`
}

function brief(record: SshAuthAttempt) {
  const { result, user, userForm, userExists, method, clientPort } = record
  return [result, user, userForm, userExists, method, addressText(record.clientAddress), clientPort]
}

describe('one event per attempt', () => {
  test('three lines about one attempt are one record', () => {
    const records = read([
      syslog('Invalid user bob from 192.0.2.1 port 40001'),
      syslog(
        'pam_unix(sshd:auth): authentication failure; logname= uid=0 euid=0 tty=ssh ruser= rhost=192.0.2.1',
      ),
      syslog('Failed password for invalid user bob from 192.0.2.1 port 40001 ssh2'),
      syslog('Connection closed by invalid user bob 192.0.2.1 port 40001 [preauth]'),
    ])
    expect(records.map(brief)).toEqual([
      ['failed', 'hash-of-3', 'pseudonym', false, 'password', '192.0.2.1', 40001],
    ])
  })

  test('message repeated is expanded, each with its own id', () => {
    const records = read([
      syslog('Failed password for root from 192.0.2.1 port 40001 ssh2'),
      syslog(
        'message repeated 5 times: [ Failed password for root from 192.0.2.1 port 40001 ssh2]',
      ),
    ])
    expect(records.map(({ ordinal }) => ordinal)).toEqual([0, 1, 2, 3, 4, 5])
    const ids = records.map(({ eventId }) => Buffer.from(eventId).toString('hex'))
    expect(new Set(ids).size).toBe(6)
  })

  test('a host with keys only: the invalid name counts when the connection ends', () => {
    const records = read([
      syslog('Invalid user admin from 192.0.2.1'),
      syslog('input_userauth_request: invalid user admin [preauth]'),
      syslog('Received disconnect from 192.0.2.1: 11: Bye Bye [preauth]'),
    ])
    expect(records.map(brief)).toEqual([
      ['failed', 'admin', 'clear', false, 'unknown', '192.0.2.1', 0],
    ])
  })

  test('an agent that offers several keys is one attempt', () => {
    const key = (n: number) =>
      syslog(`Failed publickey for alice from 192.0.2.1 port 4000 ssh2: RSA SHA256:abc${n}`)
    const login = syslog(
      'Accepted publickey for alice from 192.0.2.1 port 4000 ssh2: ED25519 SHA256:xyz',
    )
    const records = read([key(1), key(2), key(3), login])
    expect(records.map(({ result, keyFingerprint }) => [result, keyFingerprint])).toEqual([
      ['failed', 'SHA256:abc1'],
      ['accepted', 'SHA256:xyz'],
    ])
  })

  describe('put out for too many attempts', () => {
    const head = 'error: maximum authentication attempts exceeded for'
    const end = [
      syslog('Disconnecting: Too many authentication failures [preauth]'),
      syslog('Connection closed by 192.0.2.1 port 4000 [preauth]'),
    ]

    const line = syslog(`${head} root from 192.0.2.1 port 4000 ssh2 [preauth]`)
    const six = (user: string, exists: boolean): unknown[][] =>
      Array.from({ length: 6 }, () => [
        ...['failed', user, 'clear', exists, 'unknown', '192.0.2.1', 4000],
      ])

    test('is all of its attempts where sshd wrote no other line of them, as with keys only', () => {
      expect(read([line, ...end]).map(brief)).toEqual(six('root', true))
    })

    test('is the attempts of its invalid name', () => {
      const records = read([
        syslog('Invalid user admin from 192.0.2.1'),
        syslog('input_userauth_request: invalid user admin [preauth]'),
        syslog(`${head} invalid user admin from 192.0.2.1 port 4000 ssh2 [preauth]`),
        ...end,
      ])
      expect(records.map(brief)).toEqual(six('admin', false))
    })

    test.each([
      'userauth_pubkey: signature algorithm ssh-rsa not in PubkeyAcceptedAlgorithms [preauth]',
      'userauth_pubkey: key type ssh-dss not in PubkeyAcceptedKeyTypes [preauth]',
    ])('is one attempt of an agent whose keys are not taken: %s', (refused) => {
      expect(read([syslog(refused), syslog(refused), line, ...end])).toHaveLength(1)
    })

    test('adds nothing to the attempts that were told of', () => {
      const failed = syslog('Failed password for root from 192.0.2.1 port 4000 ssh2')
      expect(read([failed, failed, line, ...end])).toHaveLength(2)
    })

    test('is believed from the right end alone', () => {
      const liar = `x from 198.51.100.9 port 1 ssh2`
      const lie = syslog(`${head} invalid user ${liar} from 192.0.2.1 port 4000 ssh2 [preauth]`)
      const clients = read([lie]).map(({ clientAddress }) => addressText(clientAddress))
      expect(new Set(clients)).toEqual(new Set(['192.0.2.1']))
      expect(read([syslog(`${head} invalid user ${liar} and more [preauth]`)])).toEqual([])
    })
  })

  test.each([
    'Connection closed by 192.0.2.1 port 4000 [preauth]',
    'Connection reset by 192.0.2.1 port 4000 [preauth]',
    'Did not receive identification string from 192.0.2.1 port 4000',
    "Bad protocol version identification 'GET / HTTP/1.1' from 192.0.2.1 port 4000",
    'Unable to negotiate with 192.0.2.1 port 4000: no matching cipher found. Their offer: x [preauth]',
    'banner exchange: Connection from 192.0.2.1 port 4000: invalid format',
  ])('closed before any attempt: %s', (message) => {
    expect(read([syslog(message)]).map(brief)).toEqual([
      ['closed-before', null, 'absent', null, 'unknown', '192.0.2.1', 4000],
    ])
  })

  test('a session that logged in and left is not closed before', () => {
    const records = read([
      syslog('Accepted password for alice from 2001:db8::1 port 4000 ssh2'),
      syslog('Received disconnect from 2001:db8::1 port 4000:11: disconnected by user'),
      syslog('Disconnected from user alice 2001:db8::1 port 4000'),
    ])
    expect(records.map(({ result }) => result)).toEqual(['accepted'])
  })
})

describe('forms of log', () => {
  const message = 'Failed password for root from 192.0.2.1 port 4000 ssh2'

  test('a stamp without a year is the newest that is not after now', () => {
    expect(read([syslog(message)])[0]?.observedAt).toBe(Date.UTC(2025, 11, 31, 23, 59, 7) * 1000)
  })

  test('ISO stamps with microseconds and an offset', () => {
    const line = `2025-12-31T10:00:00.123456+02:00 host sshd-session[7]: ${message}`
    expect(read([line])[0]?.observedAt).toBe(Date.UTC(2025, 11, 31, 8, 0, 0, 123) * 1000)
  })

  test('journald as JSON, with the message as text or as bytes', () => {
    const entry = { __REALTIME_TIMESTAMP: '1767139200000000', SYSLOG_IDENTIFIER: 'sshd', _PID: '7' }
    const bytes = [...Buffer.from(message)]
    const lines = [message, bytes].map((MESSAGE) => JSON.stringify({ ...entry, MESSAGE }))
    expect(read(lines).map(({ observedAt }) => observedAt)).toEqual([
      1767139200000000, 1767139200000000,
    ])
  })

  test.each([
    ['a year beyond 2100', '7026-11-22T13:34:03.469125+00:00 h sshd[7]: Bad', 0],
    ['a year before 1970', '0026-11-22T13:34:03.469125+00:00 h sshd[7]: Bad', 0],
    ['a port that is none', '2026-11-22T13:34:03+00:00 h sshd[7]: Bad', '354x0'],
    ['a process number of no Linux', '2026-11-22T13:34:03+00:00 h sshd[9999999999]: Bad', 0],
  ])('%s gives nothing that the log could not hold', (_name, start, port) => {
    const codec = singleObjectCodec()
    const text = `${start} protocol version identification 'x' from 192.0.2.1 port ${port}`
    const connection = `${start.replace(/Bad$/, 'Connection closed by')} 192.0.2.1 port ${port} [preauth]`
    for (const record of read([text, connection])) {
      expect(codec.encode('SshAuthAttempt', record).length).toBeGreaterThan(0)
    }
  })

  test('what is not ours is counted by reason', () => {
    const log = newLog()
    for (const line of [
      '',
      'Dec 31 23:59:00 host cron[1]: x',
      syslog('Server listening'),
      'x'.repeat(9000),
    ]) {
      log.line(line, 0, NOW)
    }
    expect([...log.drops]).toEqual([
      ['not-a-log-line', 1],
      ['other-program', 1],
      ['no-attempt', 1],
      ['too-long', 1],
    ])
  })
})

describe('logins by other means than a password or a plain key', () => {
  const login = 'Accepted publickey for alice from 192.0.2.1 port 4000 ssh2: '
  test.each([
    [
      'a certificate',
      `${login}ED25519-CERT SHA256:abc ID alice@laptop (serial 7) CA ED25519 SHA256:ca`,
      ['alice', 'publickey', 'SHA256:abc'],
    ],
    [
      'a certificate whose id looks like another place',
      `${login}RSA-CERT SHA256:abc ID x from 198.51.100.9 port 1 ssh2: RSA (serial 0) CA RSA SHA256:ca`,
      ['alice', 'publickey', 'SHA256:abc'],
    ],
    [
      'Kerberos',
      'Accepted gssapi-with-mic for alice from 192.0.2.1 port 4000 ssh2: alice@EXAMPLE.ORG',
      ['alice', 'gssapi-with-mic', null],
    ],
    [
      'Kerberos, key exchange',
      'Accepted gssapi-keyex for alice from 192.0.2.1 port 4000 ssh2: alice@EXAMPLE.ORG',
      ['alice', 'gssapi-keyex', null],
    ],
    [
      'a host',
      'Accepted hostbased for alice from 192.0.2.1 port 4000 ssh2: RSA SHA256:abc, client user "alice", client host "build"',
      ['alice', 'hostbased', 'SHA256:abc'],
    ],
  ])('%s', (_name, message, expected) => {
    const records = read([syslog(message)])
    expect(records.map((r) => [r.user, r.method, r.keyFingerprint])).toEqual([expected])
    expect(records.map(brief)).toEqual([
      ['accepted', 'alice', 'clear', true, expected[1], '192.0.2.1', 4000],
    ])
  })

  test('a certificate that was refused is an attempt', () => {
    const message =
      'Failed publickey for alice from 192.0.2.1 port 4000 ssh2: RSA-CERT SHA256:abc ID alice (serial 0) CA RSA SHA256:ca'
    expect(read([syslog(message)]).map((r) => [r.result, r.keyFingerprint])).toEqual([
      ['failed', 'SHA256:abc'],
    ])
  })
})

describe('stamps without a zone are local time', () => {
  const failed = 'Failed password for root from 192.0.2.1 port 4000 ssh2'
  const at = (zone: string, stamps: readonly string[], readAt: number): string[] => {
    const log = newLog(timeZone(zone) ?? UTC)
    return stamps.flatMap((stamp, i) =>
      log
        .line(`${stamp} host sshd[${i + 1}]: ${failed}`, i, readAt * 1000)
        .map(({ observedAt }) => new Date(observedAt / 1000).toISOString()),
    )
  }

  test.each([
    ['UTC', 'Jul  1 12:00:00', '2026-07-01T12:00:00.000Z'],
    ['Europe/Berlin', 'Jul  1 12:00:00', '2026-07-01T10:00:00.000Z'],
    ['Europe/Berlin', 'Jan 10 12:00:00', '2026-01-10T11:00:00.000Z'],
    ['Asia/Tokyo', 'Jul  1 12:00:00', '2026-07-01T03:00:00.000Z'],
    ['Asia/Kolkata', 'Jul  1 12:00:00', '2026-07-01T06:30:00.000Z'],
    ['America/Los_Angeles', 'Jul  1 12:00:00', '2026-07-01T19:00:00.000Z'],
  ])('%s: %s', (zone, stamp, expected) => {
    expect(at(zone, [stamp], Date.UTC(2026, 6, 2))).toEqual([expected])
  })

  test('the year is the newest that the zone allows, on either side of New Year', () => {
    // In Tokyo it is 2027 already; in Los Angeles it is 2026 still.
    const newYear = Date.UTC(2026, 11, 31, 16)
    expect(at('Asia/Tokyo', ['Jan  1 00:59:00'], newYear)).toEqual(['2026-12-31T15:59:00.000Z'])
    const after = Date.UTC(2027, 0, 1, 7)
    expect(at('America/Los_Angeles', ['Dec 31 22:59:00'], after)).toEqual([
      '2027-01-01T06:59:00.000Z',
    ])
    expect(at('UTC', ['Feb 29 12:00:00'], Date.UTC(2027, 0, 1))).toEqual([
      '2024-02-29T12:00:00.000Z',
    ])
  })

  test('the hour that comes twice in autumn goes on where the lines before it were', () => {
    const stamps = ['Oct 25 01:59:00', 'Oct 25 02:10:00', 'Oct 25 02:50:00', 'Oct 25 02:10:00']
    expect(at('Europe/Berlin', [...stamps, 'Oct 25 03:00:00'], Date.UTC(2026, 10, 1))).toEqual([
      '2026-10-24T23:59:00.000Z',
      '2026-10-25T00:10:00.000Z',
      '2026-10-25T00:50:00.000Z',
      '2026-10-25T01:10:00.000Z',
      '2026-10-25T02:00:00.000Z',
    ])
  })

  test('a line read as it is written is of now, in either of the two hours', () => {
    const stamp = 'Oct 25 02:30:00'
    for (const now of [Date.UTC(2026, 9, 25, 0, 30), Date.UTC(2026, 9, 25, 1, 30)]) {
      expect(at('Europe/Berlin', [stamp], now + 2_000)).toEqual([new Date(now).toISOString()])
    }
  })

  test('a time that spring leaves out is read by the clocks of before', () => {
    expect(at('Europe/Berlin', ['Mar 29 02:30:00'], Date.UTC(2026, 4, 1))).toEqual([
      '2026-03-29T01:30:00.000Z',
    ])
  })

  test('a zone that does not exist is none', () => {
    expect(timeZone('Europe/Atlantis')).toBeUndefined()
  })
})

describe('hostile user names', () => {
  test.each([
    'Failed password for invalid user x from 198.51.100.9 port 22 ssh2 from 192.0.2.1 port 4000 ssh2',
    'Failed password for invalid user  from 192.0.2.1 port 4000 ssh2',
    'Invalid user x from 198.51.100.9 port 22 from 192.0.2.1 port 4000',
    'Connection closed by invalid user 198.51.100.9 port 22 192.0.2.1 port 4000 [preauth]',
    'Received disconnect from 192.0.2.1 port 4000:11: from 198.51.100.9 port 22 [preauth]',
    "Bad protocol version identification 'x from 198.51.100.9 port 1' from 192.0.2.1 port 4000",
    'Failed publickey for bob from 192.0.2.1 port 4000 ssh2: RSA-CERT SHA256:a ID from 198.51.100.9 port 1 ssh2 (serial 0) CA RSA SHA256:b',
    'Failed publickey for invalid user x from 198.51.100.9 port 22 ssh2: RSA SHA256:a from 192.0.2.1 port 4000 ssh2: RSA SHA256:b',
    'Accepted password for DOMAIN\\a b from 192.0.2.1 port 4000 ssh2',
  ])('forge no address: %s', (message) => {
    expect(read([syslog(message)]).map(({ clientAddress }) => addressText(clientAddress))).toEqual([
      '192.0.2.1',
    ])
  })

  test.each([
    'Disconnecting: Too many authentication failures for 198.51.100.9 [preauth]',
    'Failed publickey for bob from 192.0.2.1 port 4000 ssh2: RSA-CERT SHA256:a ID from 198.51.100.9 port 1 ssh2: RSA (serial 0) CA RSA SHA256:b',
    'input_userauth_request: invalid user x from 198.51.100.9 port 22 ssh2 [preauth]',
  ])('are left alone where the address cannot be told: %s', (message) => {
    expect(read([syslog(message)])).toEqual([])
  })

  test('no name whatever moves the address', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary', maxLength: 200 }), (name) => {
        const line = syslog(
          `Failed password for invalid user ${name} from 192.0.2.1 port 4000 ssh2`,
        )
        const addresses = read([line]).map(({ clientAddress }) => addressText(clientAddress))
        expect(addresses).toEqual(['192.0.2.1'])
      }),
    )
  })

  test('no line whatever throws', () => {
    fc.assert(
      fc.property(fc.string({ maxLength: 300 }), (text) => {
        read([text, syslog(text), `{${text}`])
      }),
    )
  })
})
