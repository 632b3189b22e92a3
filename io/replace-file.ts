import { open, rename, rm } from 'node:fs/promises'

/** Writes a file so that readers see the old one or the whole new one, after a power cut too. */
export async function replaceFile(path: string, text: string): Promise<void> {
  const fresh = `${path}.${process.pid}.new`
  try {
    const file = await open(fresh, 'wx', 0o644)
    try {
      await file.writeFile(text)
      await file.sync()
    } finally {
      await file.close()
    }
    await rename(fresh, path)
  } catch (error) {
    await rm(fresh, { force: true })
    throw error
  }
}
