import { type Config } from '../../lib/config.ts'

/** What to try next, with commands that work as they stand. `address` is a client that was seen. */
export function hints(config: Config, address: string): readonly string[] {
  const api = `http://${config.apiHost}:${config.apiPort}`
  const sql =
    'SELECT entity, value, band, contributions.text FROM vestibule.latest_score ORDER BY evidence DESC LIMIT 10'
  return [
    'Try next, in another terminal:',
    `  bin/vestibule why ${address}`,
    `  curl -s ${api}/v1/handshakes -H 'content-type: application/json' -d '{"client":{"ip":"${address}"}}'`,
    `  curl -s '${config.clickhouseUrl}/?default_format=PrettyCompact' --data-binary "${sql}"`,
    `  curl -sk https://127.0.0.1:8443/ ; ssh -p 2222 127.0.0.1   # anything that speaks TLS or SSH on a captured interface appears above`,
  ]
}
