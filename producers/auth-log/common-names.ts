/**
 * Names that guessers try everywhere. They are nobody's mistyped password, so they stay readable where
 * other names that do not exist are kept as keyed hashes only, and may be configured as decoys.
 */
export const COMMON_NAMES: ReadonlySet<string> = new Set([
  'root',
  'admin',
  'administrator',
  'test',
  'user',
  'guest',
  'oracle',
  'postgres',
  'mysql',
  'ubuntu',
  'debian',
  'centos',
  'ec2-user',
  'pi',
  'ubnt',
  'support',
  'nagios',
  'git',
  'jenkins',
  'deploy',
  'ftp',
  'ftpuser',
  'www-data',
  'backup',
  'hadoop',
  'tomcat',
  'minecraft',
])
