/** Node's own TLS: https-get.ts URL CA_FILE */
import { readFileSync } from 'node:fs'
import { get } from 'node:https'

const [url = '', trust = ''] = process.argv.slice(2)
get(url, { ca: readFileSync(trust), agent: false }, (response) => {
  process.stdout.write(`${response.statusCode ?? 0}\n`)
  response.resume()
})
