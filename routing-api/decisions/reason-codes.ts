/** What a reason code meant, and how a person gets out of it. */
export interface ReasonMeaning {
  readonly code: string
  readonly meaning: string
  readonly release: string
}

const PROOF = 'One authenticated login, or one completed application exchange, lowers it.'
const ALLOW = 'An operator can allow the address: vestibule allow ADDRESS --reason "...".'

/** Every code this API can answer with beside the feature ids of the engine. A closed list. */
export const REASONS = {
  'own-machinery': [
    'The address is configured as a trusted proxy, own tier or health check: it is no client.',
    'Remove it from trustedProxies or ownMachinery in the policy.',
  ],
  'list-allow': ['An operator allowed this prefix.', 'vestibule allow --remove PREFIX.'],
  'list-deny': ['An operator denied this prefix.', 'vestibule deny --remove PREFIX.'],
  decoy: ['The service that was asked for is a decoy: nobody has business there.', ALLOW],
  'no-history': ['Nothing is known of the client yet.', 'Nothing is held against it.'],
  'no-fingerprint': [
    'No fingerprint could be made of what was presented.',
    'Nothing needs release.',
  ],
  malformed: [
    'What the client presented is not a well-formed hello.',
    `A correct client is judged anew at once. ${ALLOW}`,
  ],
  'score-expired': ['The newest score of the client is too old to be used.', 'Nothing is held.'],
  'scores-stale': [
    'The stream of scores has been silent too long: the configured default was answered.',
    'vestibule doctor names the stage that stands still.',
  ],
  'not-caught-up': [
    'The API is still reading its state: the configured default was answered.',
    'It ends by itself; /readyz says when.',
  ],
  'internal-fault': [
    'The API failed inside: the configured default was answered.',
    'The log of the API holds the fault under the decision id.',
  ],
  'cap-shared': ['The address is shared: it answers for no single client.', PROOF],
  'cap-unproven-client': [
    'Only the fingerprint or the network speaks against the client, and neither decides alone.',
    PROOF,
  ],
  'cap-cold-start': [
    'Too few clients are known yet for rarity to mean much: without hard evidence nothing is high.',
    'It ends when some 2,000 client-days are known.',
  ],
  'cap-ground': [
    'Critical needs a calibrated or stated ground and two independent kinds of evidence.',
    PROOF,
  ],
  'cap-recent-login': [
    'The address logged in successfully within 30 days: it is not terminated.',
    'Nothing needs release.',
  ],
  shadow: [
    'The listener is in shadow: this was decided and recorded, and not done.',
    'vestibule enforce.',
  ],
  'challenge-pass': [
    'The client met a challenge lately, and its pass is good at this risk.',
    'Nothing is held. The pass ends by itself.',
  ],
  brake: [
    'The client cannot be asked before its key exchange, and logged in by this program lately: it waits.',
    PROOF,
  ],
  'challenge-failed': [
    'The challenge before the key exchange was not met: a wrong answer, or none in time.',
    'The next connection begins anew. What the failure added expires with its episode.',
  ],
  'challenge-critical': [
    'The answers to the challenge raised the risk to critical.',
    `The next connection begins anew. ${ALLOW}`,
  ],
  'token-invalid': [
    'The answer belongs to no challenge of this installation, or to one that was altered.',
    'The next connection begins anew.',
  ],
  'no-question-store': [
    'The policy asks a question and none is enrolled or enabled: a harder puzzle was asked instead.',
    'PUT /v1/enrolments, and ssh.questions.enabled in the policy.',
  ],
  'ask-elsewhere': [
    'What the policy asks cannot be asked before the key exchange of this client: it is asked after it.',
    'Enrol the user, tell the user name to the gate, and answer from a terminal.',
  ],
  'question-locked': [
    'The questions of the user or of the client are closed: too many wrong answers.',
    'They open by themselves when the window of the policy is over.',
  ],
  'clock-skew': [
    "The client's clock is more than two minutes off: its enrolled key counts as a cookie.",
    'Set the clock of the client.',
  ],
  'ja4-unknown': [
    'Only a JA4 was given, and no hello with it was read here: the client is judged by its address.',
    'Send the ClientHello: its stable key finds what is known of client and program together.',
  ],
  hysteresis: [
    'The score is under the threshold again, but not by enough: who was over it stays until it is.',
    PROOF,
  ],
  'own-threshold': [
    'Each client has a threshold of its own, a little above the policy’s, and it changes from time to time.',
    'spread in the policy sets how much; 0 turns it off.',
  ],
  'server-random': [
    'The server was drawn at random by capacity: of two, the one with less load.',
    'Nothing needs release.',
  ],
  'server-nearest': ['The server is the nearest one with room.', 'Nothing needs release.'],
  'server-suits': [
    'The data server is the client’s place among those that suit its behaviour group, by reputation and room.',
    'Nothing needs release.',
  ],
  'server-full': [
    'The client’s own data server holds more than 1.25 times its share: the next one serves meanwhile.',
    'Tell its load by heartbeat, or give it capacity.',
  ],
  'server-behind': [
    'A data server that serves such clients worse, or has less room.',
    'Outcomes reported to /v1/outcomes change it.',
  ],
  'server-place': [
    'A data server that is as good: the client stays at its own.',
    'Nothing needs release.',
  ],
  'server-left-out': [
    'Servers of the pool that are down, draining or silent were left out.',
    'GET /v1/servers says which and why.',
  ],
  'server-fallback': [
    'No server of the wanted pool is healthy: another pool serves.',
    'Bring a server of that pool up, or register one.',
  ],
  'no-server': ['No healthy server is registered.', 'PUT /v1/servers/ID registers one.'],
  'similarity-unknown': [
    'No data server has a history with such clients yet: all count the same.',
    'Outcomes reported to /v1/outcomes teach it.',
  ],
} as const satisfies Record<string, readonly [string, string]>

export type ReasonCode = keyof typeof REASONS

/** What a code of this list means; undefined for feature ids and unknown codes. */
export function explainReason(code: string): ReasonMeaning | undefined {
  const found = Object.entries(REASONS).find(([known]) => known === code)
  if (found === undefined) return undefined
  const [meaning, release] = found[1]
  return { code, meaning, release }
}
