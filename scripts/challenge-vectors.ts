import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { codecVectors } from './vectors/codec.ts'
import { messageVectors } from './vectors/messages.ts'
import { puzzleVectors } from './vectors/puzzle.ts'
import { secretVectors } from './vectors/secrets.ts'

/** `node scripts/challenge-vectors.ts`: writes the test vectors that every implementation of the protocol checks itself against. */
const FOLDER = join(import.meta.dirname, '../protocols/challenge/vectors')

mkdirSync(FOLDER, { recursive: true })
const files = {
  codec: codecVectors,
  messages: messageVectors,
  puzzle: puzzleVectors,
  secrets: secretVectors,
}
for (const [name, vectors] of Object.entries(files)) {
  writeFileSync(join(FOLDER, `${name}.json`), `${JSON.stringify(vectors(), null, 2)}\n`)
}
