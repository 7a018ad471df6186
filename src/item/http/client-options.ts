import type { ConnectionOptions } from 'node:tls'
import { type Backoff, checkBackoff } from '../../domain/backoff.js'
import { OptionCheck } from '../../domain/check-option.js'
import { type Clock, systemClock } from '../../support/clock.js'
import type { Duration } from '../../support/duration.js'
import type { HttpDispatcher, HttpProxy } from './http-dispatcher.js'

/** Headers of every request, or a function that gives them: asked before each attempt, so that a token can be renewed. */
export type HttpHeaders =
  | Readonly<Record<string, string>>
  | (() => Readonly<Record<string, string>> | Promise<Readonly<Record<string, string>>>)

/** How long the parts of one attempt may take. */
export interface HttpTimeouts {
  /** To make a connection, TLS included, by the system's clock. Default 10 seconds. */
  readonly connect?: Duration
  /** From sending the request until the headers of its answer are there. Default 30 seconds. */
  readonly headers?: Duration
  /** From then until the whole body is there. Default 60 seconds. */
  readonly body?: Duration
}

/** What a client sends again by itself. */
export interface HttpRetryOptions {
  /** How often a request is sent, at most, the first time included. Default 3; 1 is no retry. */
  readonly maxAttempts?: number
  /** The statuses after which to send again. Default 408, 425, 429, 500, 502, 503 and 504. Errors with them are `transient`. */
  readonly statuses?: readonly number[]
  /** How long to wait before each further attempt. Default: 200 ms, doubling up to 5 seconds, half of it left to chance. */
  readonly backoff?: Backoff
}

/** When a service is left alone. */
export interface CircuitBreakerOptions {
  /**
   * After so many requests that have failed one after another: with status 500 or above, a timeout, or no connection.
   * More than `retry.maxAttempts`, or one bad request would do it.
   */
  readonly failures: number
  /** For so long; then one request is let through to see whether it is well again. */
  readonly pause: Duration
  /**
   * Requests do not fail while the service is left alone, they wait. After this time, a request that has tried and failed
   * does fail. The end of the step, its stop and its `timeout` end the waiting at any time. Default 10 minutes.
   */
  readonly patience?: Duration
}

/** What an {@link HttpClient} is told. */
export interface HttpClientOptions {
  /** What addresses are relative to: `https://api.example.org/v1/`, with a slash at its end. Without credentials. */
  readonly baseUrl: string | URL
  /** Further origins that requests, such as those for next pages, may go to, with the same headers. Default: none. */
  readonly allowedOrigins?: readonly string[]
  /** The most connections to one origin, and requests under way to it; others wait. Default 24. */
  readonly connections?: number
  /**
   * Sent with every request, besides `accept: application/json`, which they may replace. A function is asked before each
   * attempt. Default: none.
   */
  readonly headers?: HttpHeaders
  /** How long the parts of an attempt may take. Default: 10, 30 and 60 seconds. */
  readonly timeouts?: HttpTimeouts
  /** The most bytes that the body of an answer may have. Default 10 MiB. */
  readonly maxResponseBytes?: number
  /** At most so many requests begin in any span of that length, to one origin. Default: no limit. */
  readonly rateLimit?: { readonly requests: number; readonly per: Duration }
  /**
   * How long, in all, a request may wait because the service answers 429 or 503 with `Retry-After`. Such a wait is for all
   * requests to that origin, and is no attempt of `retry`. Default 5 minutes; 0: it is an ordinary status.
   */
  readonly retryAfter?: Duration
  /** What is sent again, how often and when. Default: three attempts, after what may pass. */
  readonly retry?: HttpRetryOptions
  /** When the service is left alone. Default: never. */
  readonly circuitBreaker?: CircuitBreakerOptions
  /** Handed to Node's TLS: `ca`, `cert`, `key`, `rejectUnauthorized` and so on. Default: as Node has it. */
  readonly tls?: ConnectionOptions
  /** The address of a proxy, or the options of undici's `ProxyAgent`. Default: no proxy. */
  readonly proxy?: HttpProxy
  /**
   * A dispatcher of undici's that the host has and ends itself; then without `tls`, `proxy` and `timeouts.connect`.
   * Default: one of the client's own.
   */
  readonly dispatcher?: HttpDispatcher
  /** The clock of all waiting but `timeouts.connect`. Default: the system's; tests give a manual one. */
  readonly clock?: Clock
}

/** The options as they are worked with: everything checked, times in milliseconds. */
export interface CheckedClientOptions {
  readonly baseUrl: URL
  readonly origins: readonly string[]
  readonly connections: number
  readonly headers: HttpHeaders
  readonly timeouts: Readonly<Record<'connect' | 'headers' | 'body', number>>
  readonly maxResponseBytes: number
  readonly rateLimit: { readonly requests: number; readonly per: number } | undefined
  readonly retryAfter: number
  readonly maxAttempts: number
  readonly statuses: ReadonlySet<number>
  readonly backoff: Backoff
  readonly circuitBreaker: { readonly failures: number; readonly pause: number; readonly patience: number } | undefined
  readonly tls: ConnectionOptions | undefined
  readonly proxy: HttpProxy | undefined
  readonly dispatcher: HttpDispatcher | undefined
  readonly clock: Clock
}

const KNOWN = ['baseUrl', 'allowedOrigins', 'connections', 'headers', 'timeouts', 'maxResponseBytes', 'rateLimit']
const MORE = ['retryAfter', 'retry', 'circuitBreaker', 'tls', 'proxy', 'dispatcher', 'clock']
const STATUSES = [408, 425, 429, 500, 502, 503, 504]
const BACKOFF: Backoff = { initial: '200ms', multiplier: 2, max: '5s', jitter: 0.5 }

/**
 * Checks the options of a client.
 *
 * @throws InvalidOptionError one of them cannot work
 */
export function checkClientOptions(options: HttpClientOptions): CheckedClientOptions {
  const check = new OptionCheck('HttpClient')
  check.object(options, [...KNOWN, ...MORE])
  const { connections = 24, maxResponseBytes = 10 * 2 ** 20, retryAfter = '5m', headers = {} } = options
  const baseUrl = checkBaseUrl(check, options.baseUrl)
  const retry = checkRetry(check, options.retry ?? {})
  if (typeof headers !== 'function' && (typeof headers !== 'object' || headers === null)) {
    check.fail('headers', headers, 'an object of texts, or a function that gives one')
  }
  return {
    baseUrl,
    origins: [baseUrl.origin, ...checkOrigins(check, options.allowedOrigins ?? [])],
    connections: check.integer('connections', connections, 1),
    headers,
    timeouts: checkTimeouts(check, options.timeouts ?? {}),
    maxResponseBytes: check.integer('maxResponseBytes', maxResponseBytes, 1),
    rateLimit: checkRateLimit(check, options.rateLimit),
    retryAfter: check.duration('retryAfter', retryAfter),
    ...retry,
    circuitBreaker: checkBreaker(check, options.circuitBreaker, retry.maxAttempts),
    ...checkDispatcher(check, options),
    clock: options.clock ?? systemClock,
  }
}

function checkBaseUrl(check: OptionCheck, baseUrl: unknown): URL {
  const text = String(baseUrl)
  const url = URL.canParse(text) ? new URL(text) : undefined
  if (url === undefined || !/^https?:$/.test(url.protocol)) {
    check.fail('baseUrl', baseUrl, 'the address of an http or https service, such as https://api.example.org/v1/')
  }
  if (url.username !== '' || url.password !== '') {
    check.fail('baseUrl', `${url.origin}${url.pathname}`, 'given without credentials: send them in `headers`')
  }
  return url
}

function checkOrigins(check: OptionCheck, origins: readonly string[]): readonly string[] {
  if (!Array.isArray(origins)) check.fail('allowedOrigins', origins, 'an array of origins')
  return origins.map((origin, index) => {
    if (URL.canParse(origin) && new URL(origin).origin !== 'null') return new URL(origin).origin
    return check.fail(`allowedOrigins[${index}]`, origin, 'an origin such as https://files.example.org')
  })
}

function checkTimeouts(check: OptionCheck, timeouts: HttpTimeouts): CheckedClientOptions['timeouts'] {
  check.object(timeouts, ['connect', 'headers', 'body'])
  return {
    connect: check.duration('timeouts.connect', timeouts.connect ?? '10s', 1),
    headers: check.duration('timeouts.headers', timeouts.headers ?? '30s', 1),
    body: check.duration('timeouts.body', timeouts.body ?? '60s', 1),
  }
}

function checkRateLimit(
  check: OptionCheck,
  rateLimit: HttpClientOptions['rateLimit'],
): CheckedClientOptions['rateLimit'] {
  if (rateLimit === undefined) return undefined
  check.object(rateLimit, ['requests', 'per'])
  return {
    requests: check.integer('rateLimit.requests', rateLimit.requests, 1, 100_000),
    per: check.duration('rateLimit.per', rateLimit.per, 1),
  }
}

function checkRetry(
  check: OptionCheck,
  retry: HttpRetryOptions,
): Pick<CheckedClientOptions, 'maxAttempts' | 'statuses' | 'backoff'> {
  check.object(retry, ['maxAttempts', 'statuses', 'backoff'])
  const { maxAttempts = 3, statuses = STATUSES, backoff = BACKOFF } = retry
  checkBackoff(check, 'retry.backoff', backoff)
  return {
    maxAttempts: check.integer('retry.maxAttempts', maxAttempts, 1),
    statuses: checkStatuses(check, 'retry.statuses', statuses),
    backoff,
  }
}

/** Checks a list of statuses that are no success. */
export function checkStatuses(check: OptionCheck, option: string, statuses: readonly number[]): ReadonlySet<number> {
  if (!Array.isArray(statuses)) check.fail(option, statuses, 'an array of statuses from 300 to 599')
  return new Set(statuses.map((status, index) => check.integer(`${option}[${index}]`, status, 300, 599)))
}

function checkBreaker(
  check: OptionCheck,
  breaker: CircuitBreakerOptions | undefined,
  maxAttempts: number,
): CheckedClientOptions['circuitBreaker'] {
  if (breaker === undefined) return undefined
  check.object(breaker, ['failures', 'pause', 'patience'])
  return {
    failures: check.integer('circuitBreaker.failures', breaker.failures, maxAttempts + 1),
    pause: check.duration('circuitBreaker.pause', breaker.pause, 1),
    patience: check.duration('circuitBreaker.patience', breaker.patience ?? '10m'),
  }
}

function checkDispatcher(
  check: OptionCheck,
  { tls, proxy, dispatcher, timeouts }: HttpClientOptions,
): Pick<CheckedClientOptions, 'tls' | 'proxy' | 'dispatcher'> {
  if (dispatcher !== undefined) {
    check.methods('dispatcher', dispatcher, ['dispatch'], 'a dispatcher of undici (an object with `dispatch`)')
    for (const [option, value] of Object.entries({ tls, proxy, 'timeouts.connect': timeouts?.connect })) {
      if (value !== undefined) check.fail(option, value, 'left out where there is a `dispatcher`: give it to that')
    }
  }
  return { tls, proxy, dispatcher }
}
