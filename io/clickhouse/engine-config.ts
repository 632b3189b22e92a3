import { mkdirSync, writeFileSync } from 'node:fs'
import { join, resolve } from 'node:path'

/** No answer is longer, whoever asked and whatever was set: it waits in this process's memory to be sent. */
export const MAX_RESULT_BYTES = 64 * 1024 * 1024

/** Bytes are counted before they are written out, a constant column once: rows are bounded too. */
const MAX_RESULT_ROWS = 1_000_000

/**
 * Two walls stand between the read role and the machine. This is the inner one: the engine's own access
 * control. The connection's user may only read `vestibule`; all else comes with the role `writer`, which a
 * reading connection lays down (`SET ROLE NONE`) before it meets a stranger's SQL. Table functions
 * (file, url, s3, remote, executable ...), other databases, DDL and inserts end there. What the engine does
 * not check (the scalar function `file`, INTO OUTFILE, several statements in one text) ends at the outer
 * wall, read-guard.ts.
 */
const USERS = `<clickhouse>
  <profiles><default>
    <max_result_bytes>${MAX_RESULT_BYTES}</max_result_bytes>
    <max_result_rows>${MAX_RESULT_ROWS}</max_result_rows>
    <constraints>
      <max_result_rows><min>1</min><max>${MAX_RESULT_ROWS}</max></max_result_rows>
      <max_result_bytes><min>1</min><max>${MAX_RESULT_BYTES}</max></max_result_bytes>
    </constraints>
  </default></profiles>
  <quotas><default></default></quotas>
  <roles><writer><grants><query>GRANT ALL ON *.*</query></grants></writer></roles>
  <users><default>
    <password></password>
    <networks><ip>::1</ip><ip>127.0.0.1</ip></networks>
    <profile>default</profile>
    <quota>default</quota>
    <grants>
      <query>GRANT writer</query>
      <query>GRANT SELECT, SHOW ON vestibule.*</query>
    </grants>
  </default></users>
</clickhouse>
`

/**
 * Parts below this stay in one file. The engine's default, 10 MB, gives each insert of 15,000 hellos some two
 * hundred files of its own, and making them takes a sixth of the processor time (docs/decisions/0006).
 */
const WIDE_PART_BYTES = 64 * 1024 * 1024

/** Statements that turn a fresh connection into a reading one. Nothing after them can be undone by SET. */
export const READ_ROLE = ['SET ROLE NONE', 'SET readonly = 1'] as const

/** Writes the engine's configuration below the data folder and gives the arguments that use it. */
export function engineArguments(dataDir: string): readonly string[] {
  const folder = resolve(dataDir, 'clickhouse-config')
  mkdirSync(folder, { recursive: true, mode: 0o700 })
  const users = join(folder, 'users.xml')
  const config = join(folder, 'config.xml')
  writeFileSync(users, USERS)
  writeFileSync(config, configOf(users))
  return [`--config-file=${config}`, '--async_insert=0']
}

function configOf(users: string): string {
  return `<clickhouse>
  <users_config>${xml(users)}</users_config>
  <merge_tree><min_bytes_for_wide_part>${WIDE_PART_BYTES}</min_bytes_for_wide_part></merge_tree>
</clickhouse>
`
}

function xml(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;')
}
