import { type Config } from '../../lib/config.ts'

const DEFAULT_API_PORT = 8787

/** What to try next, with commands that work as they stand. `address` is a client that was seen. */
export function hints(config: Config, address: string): readonly string[] {
  const api = `http://${config.apiHost}:${config.apiPort}`
  const sql =
    'SELECT entity, value, band, contributions.text FROM vestibule.latest_score ORDER BY evidence DESC LIMIT 10'
  const port = config.apiPort === DEFAULT_API_PORT ? '' : `VESTIBULE_API_PORT=${config.apiPort} `
  return [
    'Try next, in another terminal:',
    `  ${port}bin/vestibule why ${address}`,
    `  curl -s ${api}/v1/handshakes -H 'content-type: application/json' -d '{"client":{"ip":"${address}"}}'`,
    `  curl -s '${config.clickhouseUrl}/?default_format=PrettyCompact' --data-binary "${sql}"`,
    '  Whatever speaks TLS or SSH on a captured interface appears here: ssh 127.0.0.1, sslscan 127.0.0.1:PORT ...',
  ]
}
