import { type HttpCall, HttpConnectionError, type HttpPhase, HttpTimeoutError } from './http-errors.js'
import { errorChain } from '../../support/error-chain.js'

const TIMEOUTS: Readonly<Record<string, HttpPhase>> = {
  UND_ERR_CONNECT_TIMEOUT: 'connect',
  UND_ERR_HEADERS_TIMEOUT: 'headers',
  UND_ERR_BODY_TIMEOUT: 'body',
}

/** No connection was made, so nothing was sent. */
const NOT_SENT = new Set(['ECONNREFUSED', 'ENOTFOUND', 'EAI_AGAIN', 'EHOSTUNREACH', 'ENETUNREACH', 'EADDRNOTAVAIL'])

/** What is wrong will still be wrong later: a certificate, a header that cannot be sent, an answer that is no HTTP. */
const LASTING =
  /^(ERR_TLS_|CERT_|SELF_SIGNED_|DEPTH_ZERO_|UNABLE_TO_|ERR_SSL_|EPROTO$|HPE_|UND_ERR_INVALID|UND_ERR_PRX_|UND_ERR_HEADERS_OVERFLOW$|UND_ERR_REQ_CONTENT)/

/** The error of a dispatcher that has limits of its own, or whose connection took too long. */
export function timeoutOf(call: HttpCall, error: unknown): HttpTimeoutError | undefined {
  for (const code of codesOf(error)) {
    const phase = TIMEOUTS[code]
    if (phase !== undefined) return new HttpTimeoutError(call, phase, undefined, { cause: error })
  }
  return undefined
}

/** What a dispatcher's error says about the connection. */
export function connectionError(call: HttpCall, error: unknown): HttpConnectionError {
  const codes = codesOf(error)
  const lasting = codes.some((code) => LASTING.test(code))
  const sent = !codes.some((code) => NOT_SENT.has(code) || (LASTING.test(code) && !code.startsWith('HPE_')))
  return new HttpConnectionError(call, error, { sent, transient: !lasting })
}

/** An address with several IPs gathers an error for each; what is no HTTP has no code of its own. */
function codesOf(error: unknown): readonly string[] {
  return errorChain(error).flatMap((link) => {
    const { code, name } = (link ?? {}) as { readonly code?: unknown; readonly name?: unknown }
    if (typeof code === 'string') return [code]
    return name === 'HTTPParserError' ? ['HPE_'] : []
  })
}
