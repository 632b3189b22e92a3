/* For nginx's njs (stream module): which pool takes this connection. Copy it beside nginx.conf and set these four. */
const API = 'http://127.0.0.1:8787'
/* The service, where the policy tells several apart. */
const LISTENER = 'nginx'
/* Off loopback the API wants a key of scope gate. */
const KEY = ''
/* Questions longer than this are asked without the hello; preread_buffer_size bounds it too. */
const LONGEST_HELLO = 16384

/* js_preread: waits for the whole ClientHello and asks with it, so that a stranger's first connection is judged too. */
function byHello(s) {
  s.on('upstream', (data, flags) => {
    // Each event has all that came so far.
    const isTls = data.length > 0 && data[0] === 22
    if (data.length < 5 ? !flags.last && (isTls || data.length === 0) : false) return
    const wanted = isTls ? 5 + data.readUInt16BE(3) : 0
    if (data.length < wanted && data.length < LONGEST_HELLO && !flags.last) return
    s.off('upstream')
    const whole = isTls && data.length >= wanted
    ask(s, whole ? { clientHello: data.slice(0, wanted).toString('base64') } : {}).then(() =>
      s.done(),
    )
  })
}

/* js_access: asks before a byte is read, by the address alone; for what is not TLS. */
async function byAddress(s) {
  await ask(s, {})
  s.allow()
}

/* Leaves the default of js_var when the API does not answer in js_fetch_timeout. */
async function ask(s, more) {
  try {
    const headers = { 'Content-Type': 'application/json' }
    if (KEY !== '') headers.Authorization = `Bearer ${KEY}`
    const client = { ip: s.remoteAddress, port: Number(s.variables.remote_port) }
    const body = JSON.stringify(Object.assign({ client, listener: LISTENER, gate: 'nginx' }, more))
    const reply = await ngx.fetch(`${API}/v1/handshakes`, { method: 'POST', headers, body })
    const answer = reply.status === 200 ? await reply.json() : {}
    if (answer.pool === 'primary' || answer.pool === 'mitigation') {
      s.variables.vestibule_pool = answer.pool
      s.variables.vestibule_decision = answer.decisionId
    } else s.warn(`vestibule: status ${reply.status}, the default pool`)
  } catch (error) {
    s.warn(`vestibule: ${error.message}, the default pool`)
  }
}

export default { byHello, byAddress }
