import { createHash } from 'node:crypto'
import { readFile, rename, writeFile } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import { openDataFolder } from './data-folder.ts'
import { z } from 'zod'
import { type FilePlace } from './follow-file.ts'

const Place = z.strictObject({
  inode: z.number(),
  offset: z.number(),
  since: z.number().optional(),
})

/** Remembers how far a followed file was read, in the data folder. */
export interface FileBookmark {
  read(): Promise<FilePlace | undefined>
  write(place: FilePlace): Promise<void>
}

/** One small file per followed path; what cannot be read counts as not there. */
export function fileBookmark(dataDir: string, path: string): FileBookmark {
  openDataFolder(dataDir)
  const name = createHash('sha256').update(resolve(path)).digest('hex').slice(0, 16)
  const file = join(dataDir, `follow-${name}.json`)
  return {
    async read(): Promise<FilePlace | undefined> {
      const text = await readFile(file, 'utf8').catch(() => '')
      try {
        const parsed = Place.safeParse(JSON.parse(text))
        return parsed.success ? parsed.data : undefined
      } catch {
        return undefined
      }
    },
    async write(place): Promise<void> {
      await writeFile(`${file}.new`, JSON.stringify(place), { mode: 0o640 })
      await rename(`${file}.new`, file)
    },
  }
}
