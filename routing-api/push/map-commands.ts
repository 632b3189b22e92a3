/** Seconds since 1970 until which an entry is good; 0: never was, so that the address is asked for. */
export interface MapEntry {
  readonly key: string
  readonly until: number
}

/** HAProxy reads a command into one buffer (tune.bufsize, 16 KiB by default). */
const MOST_BYTES = 8_192

/** Commands that fill a version of the map which nobody sees until it is committed (management guide 9.3). */
export function fillCommands(
  map: string,
  version: number,
  entries: Iterable<MapEntry>,
): readonly string[] {
  const commands: string[] = []
  let lines = ''
  const end = (): void => {
    if (lines !== '') commands.push(`add map @${version} ${map} <<\n${lines}\n`)
    lines = ''
  }
  for (const { key, until } of entries) {
    if (!isKey(key)) continue
    if (lines.length > MOST_BYTES) end()
    lines += `${key} ${until}\n`
  }
  end()
  return [...commands, `commit map @${version} ${map}\n`]
}

/** Commands that change single entries of the map in force, several to a line. */
export function changeCommands(
  map: string,
  added: readonly MapEntry[],
  removed: readonly string[],
): readonly string[] {
  const single = [
    ...added.flatMap(({ key, until }) => (isKey(key) ? [`add map ${map} ${key} ${until}`] : [])),
    ...removed.filter(isKey).map((key) => `del map ${map} ${key}`),
  ]
  const commands: string[] = []
  let line = ''
  for (const one of single) {
    if (line.length + one.length > MOST_BYTES) {
      commands.push(`${line}\n`)
      line = ''
    }
    line += line === '' ? one : `;${one}`
  }
  return line === '' ? commands : [...commands, `${line}\n`]
}

/** The version that `prepare map` answers with. */
export function preparedVersion(answer: string): number | undefined {
  const version = /New version created: (\d{1,15})/.exec(answer)?.[1]
  return version === undefined ? undefined : Number(version)
}

/** The process that answers `show info`: after a reload it is another, with the map of its file. */
export function processOf(answer: string): number | undefined {
  const pid = /^Pid: (\d{1,10})$/m.exec(answer)?.[1]
  return pid === undefined ? undefined : Number(pid)
}

/** An address or a prefix, and nothing that could end a command. */
function isKey(key: string): boolean {
  return /^[0-9a-f.:]{2,45}(?:\/\d{1,3})?$/.test(key)
}
