import { readFileSync } from 'node:fs'
import { describe, expect, test } from '@jest/globals'

interface Locked {
  readonly version?: string
  readonly resolved?: string
  readonly link?: boolean
}

const { packages } = JSON.parse(readFileSync('package-lock.json', 'utf8')) as {
  readonly packages: Readonly<Record<string, Locked>>
}

describe('The lock file', () => {
  test('names no registry host', () => {
    expect(Object.entries(packages).filter(([, { resolved }]) => resolved !== undefined)).toEqual(
      [],
    )
  })

  // npm 11 writes such stubs for other platforms' optional packages, and `npm ci` then ends with "Invalid Version".
  test('has a version for every package, those of other platforms included', () => {
    const stubs = Object.entries(packages)
      .filter(([path, { version, link }]) => path !== '' && version === undefined && !link)
      .map(([path]) => path)
    expect(stubs).toEqual([])
  })
})
