import { cpSync, mkdirSync, readFileSync, symlinkSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { z } from 'zod'
import { ROOT } from './compose-project.ts'

const Lock = z.object({
  packages: z.record(
    z.string(),
    z.looseObject({ dev: z.boolean().optional(), devOptional: z.boolean().optional() }),
  ),
})

export const DOCKERFILE = readFileSync(join(ROOT, 'Dockerfile'), 'utf8')

/** What the Dockerfile copies from the tree into the services' image. */
export function copiedPaths(): readonly string[] {
  return [...DOCKERFILE.matchAll(/^COPY (?!--from)(.+) \S+$/gm)]
    .flatMap(([, paths]) => (paths ?? '').split(' '))
    .filter((path, at, all) => all.indexOf(path) === at)
}

/** Packages the image removes after installing: `rm -rf node_modules/NAME ...`. */
export function removedPackages(): readonly string[] {
  const [, list = ''] = /^RUN rm -rf (node_modules.*)$/m.exec(DOCKERFILE) ?? []
  return list.split(' ').map((path) => path.replace('node_modules/', ''))
}

/** The services' image as a folder: what is copied, and the packages of production but those that are removed. */
export function makeImageTree(folder: string): void {
  for (const path of copiedPaths()) {
    mkdirSync(dirname(join(folder, path)), { recursive: true })
    cpSync(join(ROOT, path), join(folder, path), { recursive: true })
  }
  const removed = removedPackages()
  const lock = Lock.parse(JSON.parse(readFileSync(join(ROOT, 'package-lock.json'), 'utf8')))
  for (const [path, { dev, devOptional }] of Object.entries(lock.packages)) {
    const name = path.replace(/^node_modules\//, '')
    const isTop = path.startsWith('node_modules/') && !name.includes('node_modules/')
    const goes = removed.some((one) => name === one || name.startsWith(`${one}/`))
    if (!isTop || dev === true || devOptional === true || goes) continue
    mkdirSync(dirname(join(folder, path)), { recursive: true })
    symlinkSync(join(ROOT, path), join(folder, path))
  }
}
