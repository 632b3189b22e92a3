import { afterEach, describe, expect, test } from '@jest/globals'
import { readFileSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { openSecrets } from '../../io/secrets.ts'
import { temporaryFolder } from '../support/programs.ts'

const folders: { remove(): void }[] = []
afterEach(() => {
  for (const folder of folders.splice(0)) folder.remove()
})

function folder(): string {
  const made = temporaryFolder('secrets')
  folders.push(made)
  return made.path
}

describe('secrets', () => {
  test('are made once, for the owner only', () => {
    const dir = folder()
    const made = openSecrets(dir)
    expect(made.addressKey).toMatch(/^[0-9a-f]{64}$/)
    expect(openSecrets(dir)).toEqual(made)
    expect(statSync(join(dir, 'secrets.json')).mode & 0o777).toBe(0o600)
  })

  test('of before pseudonyms get an address key, the same whoever adds it, and keep the others', () => {
    const [one, other] = [folder(), folder()]
    const { addressKey, ...older } = openSecrets(one)
    for (const dir of [one, other]) writeFileSync(join(dir, 'secrets.json'), JSON.stringify(older))
    const completed = openSecrets(one)
    expect(completed).toMatchObject(older)
    expect(completed.addressKey).not.toBe(addressKey)
    expect(openSecrets(other)).toEqual(completed)
    expect(JSON.parse(readFileSync(join(one, 'secrets.json'), 'utf8'))).toEqual(completed)
    expect(statSync(join(one, 'secrets.json')).mode & 0o777).toBe(0o600)
  })

  test('of before challenges get their keys, each another one, and keep the address key', () => {
    const dir = folder()
    const { gateSign, gateSeal, enrolmentKey, tokenKeys, ...older } = openSecrets(dir)
    expect(new Set([gateSign, gateSeal, enrolmentKey, tokenKeys[0]?.key]).size).toBe(4)
    writeFileSync(join(dir, 'secrets.json'), JSON.stringify(older))
    const completed = openSecrets(dir)
    expect(completed).toMatchObject(older)
    expect(openSecrets(dir)).toEqual(completed)
    const made = [completed.gateSign, completed.gateSeal, completed.enrolmentKey]
    expect(new Set([...made, completed.tokenKeys[0]?.key]).size).toBe(4)
    expect(made).not.toContain(gateSign)
  })

  test('of another making are refused with one sentence', () => {
    const dir = folder()
    writeFileSync(join(dir, 'secrets.json'), JSON.stringify({ ...openSecrets(dir), gateSign: 'x' }))
    expect(() => openSecrets(dir)).toThrow('is not as it was made: restore it from a backup')
  })
})
