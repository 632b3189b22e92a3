import { userInfo } from 'node:os'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { format, resolveConfig } from 'prettier'
import { temporaryFolder } from '../test/support/programs.ts'
import { HELPERS } from '../test/support/ssh-helpers.ts'
import { startBandedGate } from '../test/support/ssh-matrix/banded-gate.ts'
import { startStepUpSshd } from '../test/support/step-up-sshd.ts'
import { playScene } from './captures/play-scene.ts'
import { ANSWER, QUESTION, SCENES } from './captures/scenes.ts'

const PAGE = join(import.meta.dirname, '../docs/ssh-what-users-see.md')
const INTRODUCTION = `# What SSH users see

Written by \`npm run ssh-captures\` (as root, after \`make setup-test\`) from real sessions on a terminal: OpenSSH's client, the gate, the
routing API, sshd, the step-up server as it is shipped, and both helpers. Nothing here is written by hand; addresses, ports and
fingerprints are made the same. The bands are those of the policy; \`ssh.questions\` and \`ssh.device\` are on in it.
`

const folder = temporaryFolder('captures')
const banded = await startBandedGate({
  stepUp: startStepUpSshd,
  policy: {
    brakeMs: 1_500,
    questions: { enabled: true, triesPerClient: 20, triesPerUser: 100 },
    device: { enabled: true, controller: 'Example Ltd, privacy@example.org' },
    challenges: { medium: ['mac', 'puzzle', 'device'] },
  },
})
await fetch(`${banded.apiUrl}/v1/enrolments`, {
  method: 'PUT',
  headers: { 'content-type': 'application/json' },
  body: JSON.stringify({
    ...{ kind: 'question', user: userInfo().username, name: 'house', question: QUESTION },
    ...{ answer: ANSWER, reason: 'captures', actor: 'captures' },
  }),
})

const text: string[] = [INTRODUCTION]
for (const [part, scenes] of SCENES) {
  text.push(`## ${part}`, '')
  const acts = scenes.some(({ helper }) => helper === true) ? HELPERS : HELPERS.slice(0, 1)
  const shown = new Map<string, string[]>()
  for (const { name, command } of acts) {
    const helper = command(folder.path)
    for (const scene of scenes) {
      const screen = await playScene(scene, { banded, folder: folder.path, helper })
      process.stderr.write(`${name}: ${scene.title}\n${screen}\n\n`)
      shown.set(scene.title, [...(shown.get(scene.title) ?? []), screen])
    }
  }
  for (const [title, screens] of shown) {
    text.push(`### ${title}`, '')
    for (const [at, screen] of [...new Set(screens)].entries()) {
      if (at > 0) text.push(`With ${acts[at]?.name ?? ''}:`, '')
      text.push('```', screen, '```', '')
    }
  }
}
writeFileSync(
  PAGE,
  await format(text.join('\n'), { ...(await resolveConfig(PAGE)), filepath: PAGE }),
)
await banded.stop()
folder.remove()
process.exit(0)
