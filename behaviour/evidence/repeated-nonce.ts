/**
 * The same 32-byte client random or 16-byte cookie on two connections of one client: impossible by
 * chance (n^2 / 2^257 and n^2 / 2^129), so the clip of +4.7 nats for every repeat (behaviour-models
 * 5.2 D). A hello that answers a HelloRetryRequest must repeat it (RFC 8446 4.1.2) and is not asked.
 */
export const REPEATED_NONCE_NATS = 4.7

/**
 * The same key share on two connections: +2.3 nats, for some stacks cached their ephemeral keys; a
 * standing fact, counted once (behaviour-models 5.5).
 */
export const REPEATED_KEY_SHARE_NATS = 2.3
