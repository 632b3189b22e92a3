import { type RecordName } from '../../schemas/generated/records.ts'
import { type ObserverOptions } from '../observe.ts'

/** The observer behind `inspect`: makes only the records that lines are made of. */
export const INSPECTOR: ObserverOptions = {
  sensor: 'inspect',
  site: 'inspect',
  source: 'import',
  wanted: new Set<RecordName>(['TlsHello', 'SshConnection', 'SshSession', 'DeadLetter']),
}
