import { describe, expect, test } from '@jest/globals'
import fc from 'fast-check'
import {
  DIRECTORY_LIMITS,
  type DirectoryResult,
} from '../../../routing-api/enrolments/directory/directory-entry.ts'
import { directoryQuestions } from '../../../routing-api/enrolments/directory/directory-questions.ts'
import { readCsv } from '../../../routing-api/enrolments/directory/read-csv.ts'
import { readLdif } from '../../../routing-api/enrolments/directory/read-ldif.ts'

const LDIF = `version: 1

# people
dn: uid=bob,ou=People,dc=example,dc=org
uid: bob
cn:: Qm9iIE3DvGxsZXI=
manager: cn=Anna van
  Dyck,ou=People,dc=example,dc=org
telephoneNumber: +49 30 123-4567
jpegPhoto:: /9j/4AAQSkZJRg==
description:< file:///etc/passwd
l: Berlin

dn: uid=eve,ou=People,dc=example,dc=org
changetype: delete
`

function entriesOf(result: DirectoryResult): readonly object[] {
  if (result.kind === 'fault') throw new Error(result.message)
  return result.entries.map((entry) => Object.fromEntries(entry))
}

describe('LDIF', () => {
  test('folded lines and base64 are read; URLs, photographs and changes are left out and counted', () => {
    const result = readLdif(LDIF)
    expect(entriesOf(result)).toEqual([
      {
        dn: ['uid=bob,ou=People,dc=example,dc=org'],
        uid: ['bob'],
        cn: ['Bob Müller'],
        manager: ['cn=Anna van Dyck,ou=People,dc=example,dc=org'],
        telephonenumber: ['+49 30 123-4567'],
        l: ['Berlin'],
      },
    ])
    expect(result).toMatchObject({ leftOut: 3 })
  })
})

describe('CSV', () => {
  test('quotes, semicolons, a byte order mark and short lines', () => {
    const result = readCsv('\ufeffUser;City;Title\r\nbob;"Ber;lin";"a ""chief"""\r\neve;Bonn\r\n')
    expect(entriesOf(result)).toEqual([
      { user: ['bob'], city: ['Ber;lin'], title: ['a "chief"'] },
      { user: ['eve'], city: ['Bonn'] },
    ])
  })

  test.each([
    ['', 'is empty'],
    ['a,b\n"open', 'is no CSV'],
  ])('%j %s', (text, message) => {
    expect(readCsv(text)).toMatchObject({
      kind: 'fault',
      message: expect.stringContaining(message),
    })
  })
})

describe('hostile files', () => {
  test.each([
    ['LDIF', readLdif, 'uid: x\n\n'],
    ['CSV', readCsv, 'x,y\n'],
  ])('%s of more people than fit is refused', (_name, read, person) => {
    const text = person.repeat(DIRECTORY_LIMITS.entries + 2)
    expect(read(text)).toEqual({ kind: 'fault', message: 'has more than 100000 entries' })
  })

  test('a line, a fold or a value without end is cut, and the rest is read', () => {
    const long = 'x'.repeat(5_000_000)
    const folds = ' y\n'.repeat(100_000)
    const result = readLdif(`uid: bob\ndescription: ${long}\ntitle: a\n${folds}l: Berlin\n`)
    expect(entriesOf(result)).toEqual([{ uid: ['bob'], l: ['Berlin'] }])
    const many = Array.from({ length: 5_000 }, (_, n) => `a${n}: b`).join('\n')
    const [entry] = entriesOf(readLdif(`${many}\n`))
    expect(Object.keys(entry ?? {})).toHaveLength(DIRECTORY_LIMITS.attributes)
  })

  test('names of JavaScript objects and control characters are names like others', () => {
    const text = '__proto__: x\nconstructor: y\nuid: bob\ntitle:: G1tIG1s=\n'
    const result = readLdif(text)
    expect(result.kind === 'entries' && result.entries[0]?.get('constructor')).toEqual(['y'])
    expect(result).toMatchObject({ leftOut: 1 })
  })

  test('any bytes are read or refused', () => {
    const piece = fc.oneof(
      fc.string({ unit: 'binary' }),
      fc.constantFrom(
        '\n',
        '\r\n',
        ':',
        '::',
        ':<',
        ' ',
        '"',
        ';',
        'uid: a\n',
        'user,l\n',
        'manager: cn=,\n',
      ),
    )
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 60 }), (pieces) => {
        const text = pieces.join('')
        for (const result of [readLdif(text), readCsv(text)]) {
          if (result.kind === 'entries')
            directoryQuestions(result.entries, { userAttribute: undefined })
        }
      }),
      { numRuns: 300 },
    )
  })
})

describe('questions made of a directory', () => {
  const people = Array.from({ length: 10 }, (_, n) => {
    const manager = n < 5 ? 'cn=Anna van Dyck,dc=x' : `cn=Boss Meier${n},dc=x`
    return `uid: u${n}\nl: Berlin\nmanager: ${manager}\nemployeeNumber: 1000${n}\ntelephoneNumber: +49 30 5555 100${n}\n`
  })
  const result = readLdif(people.join('\n'))
  const made = directoryQuestions(result.kind === 'entries' ? result.entries : [], {
    userAttribute: undefined,
  })

  test('of each person three at the most, rare answers first; what many share is not asked', () => {
    expect(made).toMatchObject({ people: 10, without: 0 })
    const of = (user: string): readonly string[] =>
      made.questions
        .filter((one) => one.user === user)
        .map(({ name, answer }) => `${name} ${answer}`)
    expect(of('u0')).toEqual(['directory-employee-number 10000', 'directory-telephone 1000'])
    expect(of('u7')).toEqual([
      'directory-employee-number 10007',
      'directory-telephone 1007',
      'directory-manager Meier7',
    ])
  })

  test('who has no name to log in by is counted, and another attribute can be that name', () => {
    const read = readCsv('mail,title\na@x.org,Head of everything\n,Nobody at all\n')
    const entries = read.kind === 'entries' ? read.entries : []
    expect(directoryQuestions(entries, { userAttribute: undefined })).toMatchObject({
      people: 0,
      without: 2,
    })
    expect(directoryQuestions(entries, { userAttribute: 'Mail' })).toMatchObject({
      people: 1,
      questions: [{ user: 'a@x.org', answer: 'Head of everything' }],
    })
  })
})
