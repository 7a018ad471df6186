import { BatchError, type BatchErrorOptions } from '../../domain/batch-error.js'
import { quote } from '../../support/quote.js'

/** Which request an error is about. */
export interface HttpCall {
  readonly method: string
  /** Without credentials, and with `…` for the values of its query: they may be secrets. */
  readonly url: string
}

/** How many characters of a body an error quotes. */
const EXCERPT = 300

/** What the errors of requests have in common. */
export abstract class HttpError extends BatchError {
  readonly method: string
  /** Without credentials, and with `…` for the values of its query: they may be secrets. */
  readonly url: string
  /** Whether the same request may succeed later. See {@link isTransientHttpError}. */
  readonly transient: boolean

  constructor({ method, url }: HttpCall, message: string, transient: boolean, options?: BatchErrorOptions) {
    super(`${method} ${url} ${message}`, options)
    this.method = method
    this.url = url
    this.transient = transient
  }
}

/**
 * Whether an error says that the same request may succeed later: for `retry: { on: [isTransientHttpError] }` of a step.
 * The client itself has tried again by then, as often as its own `retry` says.
 */
export function isTransientHttpError(error: unknown): boolean {
  return error instanceof BatchError && error.code.startsWith('BATCH_HTTP_') && (error as HttpError).transient === true
}

/** What {@link HttpStatusError} is told of an answer. */
export interface StatusAnswer {
  readonly status: number
  readonly body: string
  readonly retryAfter: number | undefined
  readonly location: string | undefined
  readonly transient: boolean
}

/** A service answered with a status that is not a success: an error, or a redirect, which is never followed. */
export class HttpStatusError extends HttpError {
  static readonly code = 'BATCH_HTTP_STATUS'
  readonly status: number
  /** The beginning of the answer's body, as text. */
  readonly body: string
  /** For how long the service asks to be left alone, in milliseconds, if it does. */
  readonly retryAfter: number | undefined

  constructor(call: HttpCall, { status, body, retryAfter, location, transient }: StatusAnswer) {
    const redirect = location === undefined ? '' : ` to ${location}, which is not followed`
    const said = body === '' ? '' : `: ${quote(body, EXCERPT)}`
    super(call, `was answered with status ${status}${redirect}${said}`, transient)
    this.status = status
    this.body = body.slice(0, EXCERPT)
    this.retryAfter = retryAfter
  }
}

/** Which part of a request took too long. */
export type HttpPhase = 'connect' | 'headers' | 'body'

const SENTENCE: Readonly<Record<HttpPhase, string>> = {
  connect: 'found no connection',
  headers: 'got no answer',
  body: 'did not get the whole body of its answer',
}

/** A service took longer than one of the client's `timeouts`. */
export class HttpTimeoutError extends HttpError {
  static readonly code = 'BATCH_HTTP_TIMEOUT'
  readonly phase: HttpPhase
  /** The limit in milliseconds, where it is the client's own. */
  readonly limit: number | undefined

  constructor(call: HttpCall, phase: HttpPhase, limit: number | undefined, options?: BatchErrorOptions) {
    super(call, `${SENTENCE[phase]} within ${limit === undefined ? 'its time' : `${limit} ms`}`, true, options)
    this.phase = phase
    this.limit = limit
  }
}

/** A connection could not be had, or was lost before the answer was complete. `cause` says how. */
export class HttpConnectionError extends HttpError {
  static readonly code = 'BATCH_HTTP_CONNECTION'
  /** False: the request has not left, so that it can be repeated without harm. */
  readonly sent: boolean

  constructor(
    call: HttpCall,
    cause: unknown,
    { sent, transient }: { readonly sent: boolean; readonly transient: boolean },
  ) {
    const said = cause instanceof Error && cause.message !== '' ? cause.message : quote(cause)
    super(call, `${sent ? 'lost its connection' : 'found no connection'}: ${said}`, transient, { cause })
    this.sent = sent
  }
}

/** What {@link HttpBodyError} has besides its message. */
export interface BodyErrorOptions extends BatchErrorOptions {
  /** The beginning of the body. */
  readonly body?: string
  /** What a schema has against the body. */
  readonly issues?: readonly string[]
}

/** The body of an answer is not what was expected: no JSON, or JSON of another shape. */
export class HttpBodyError extends HttpError {
  static readonly code = 'BATCH_HTTP_BODY'
  /** The beginning of the body, as text. */
  readonly body: string
  /** What the schema has against it, if that refused it. */
  readonly issues: readonly string[]

  constructor(call: HttpCall, problem: string, { body = '', issues = [], cause }: BodyErrorOptions = {}) {
    super(call, `was answered with ${problem}${body === '' ? '' : `: ${quote(body, EXCERPT)}`}`, false, { cause })
    this.body = body.slice(0, EXCERPT)
    this.issues = issues
  }
}

/** The body of an answer has more bytes than the client's `maxResponseBytes`. No more than that was held. */
export class HttpTooLargeError extends HttpError {
  static readonly code = 'BATCH_HTTP_TOO_LARGE'
  /** In bytes. */
  readonly limit: number

  constructor(call: HttpCall, limit: number) {
    super(call, `was answered with more than ${limit} bytes: ask for less, or raise \`maxResponseBytes\``, false)
    this.limit = limit
  }
}

/** A request, such as the one for a next page, would go to an origin that the client does not know. */
export class HttpOriginError extends HttpError {
  static readonly code = 'BATCH_HTTP_ORIGIN'
  readonly origin: string

  constructor(call: HttpCall, origin: string, known: readonly string[]) {
    super(
      call,
      `was not sent: the client sends its headers, credentials among them, to ${known.join(', ')} only; ` +
        `name ${quote(origin)} in \`allowedOrigins\` if it may have them`,
      false,
    )
    this.origin = origin
  }
}

/** A service that is read page by page contradicts itself. */
export class HttpPagingError extends HttpError {
  static readonly code = 'BATCH_HTTP_PAGING'

  constructor(call: HttpCall, problem: string) {
    super(call, problem, false)
  }
}

/** The service refuses what an `HttpItemWriter` has sent, because of the item: for `skip: { on: [HttpItemRefusedError] }`. */
export class HttpItemRefusedError extends HttpError {
  static readonly code = 'BATCH_HTTP_ITEM_REFUSED'
  readonly status: number

  constructor(cause: HttpStatusError) {
    const said = cause.body === '' ? '' : `: ${quote(cause.body, EXCERPT)}`
    super(cause, `refused ${cause.status} what was written${said}`, false, { cause })
    this.status = cause.status
  }
}

/** A client was used after `close()`, or closed while a request was under way. */
export class HttpClientClosedError extends BatchError {
  static readonly code = 'BATCH_HTTP_CLIENT_CLOSED'

  constructor() {
    super('the HttpClient is closed: close it after the steps that use it have ended')
  }
}
