import { InvalidOptionError } from '../../domain/option-error.js'
import type { HttpCall } from './http-errors.js'

/** A value of a query: text, or what is written as text; a list stands for the same name again and again. */
export type QueryValue = string | number | boolean | readonly (string | number | boolean)[] | undefined

/** One request. */
export interface HttpRequest {
  /** The method, in any case. Default `'GET'`. */
  readonly method?: string
  /** The address, relative to the client's `baseUrl` as a link is to its page, or whole. */
  readonly url: string
  /**
   * Appended to the query that `url` has; a name that `url` has already is replaced. `undefined` leaves a name out.
   * Default: nothing.
   */
  readonly query?: Readonly<Record<string, QueryValue>>
  /** Besides the client's own, which they replace by name. Default: none. */
  readonly headers?: Readonly<Record<string, string>>
  /** Sent as what `JSON.stringify` makes of it. Not together with `body`. Default: nothing is sent. */
  readonly json?: unknown
  /** Sent as it is. Default: nothing is sent, unless `json` is given. */
  readonly body?: string | Uint8Array
  /** The statuses, besides 200 to 299, that are an answer and no error. Default: none. */
  readonly accept?: readonly number[]
  /**
   * Whether it does no harm when it arrives twice: only then is it repeated when nobody knows whether it has arrived.
   * Default: for GET, HEAD, OPTIONS, PUT and DELETE, and for any with a header `Idempotency-Key`.
   */
  readonly idempotent?: boolean
}

/** A request that is ready to be sent, but for the client's own headers. */
export interface PreparedRequest {
  readonly call: HttpCall
  readonly origin: string
  /** Path and query. */
  readonly path: string
  readonly method: string
  /** Names in lower case. */
  readonly headers: Readonly<Record<string, string>>
  readonly body: string | Uint8Array | null
  readonly accept: readonly number[]
  readonly idempotent: boolean
}

const IDEMPOTENT = new Set(['GET', 'HEAD', 'OPTIONS', 'PUT', 'DELETE'])

/**
 * Resolves a request against the address that it is relative to.
 *
 * @throws InvalidOptionError its address, method, headers or body cannot be sent
 */
export function prepareRequest(request: HttpRequest, baseUrl: URL): PreparedRequest {
  const url = resolveUrl(request, baseUrl)
  const method = (request.method ?? 'GET').toUpperCase()
  if (!/^[A-Z]+$/.test(method)) throw new InvalidOptionError('request.method', request.method, 'a method such as POST')
  const headers = lowerCased(request.headers ?? {})
  const body = bodyOf(request)
  if (request.json !== undefined) headers['content-type'] ??= 'application/json'
  return {
    call: new ShownCall(method, url),
    origin: url.origin,
    path: url.pathname + url.search,
    method,
    headers,
    body,
    accept: request.accept ?? [],
    idempotent: request.idempotent ?? (IDEMPOTENT.has(method) || 'idempotency-key' in headers),
  }
}

/** The address of a request. */
function resolveUrl(request: HttpRequest, baseUrl: URL): URL {
  const url = parsed(request.url, baseUrl)
  if (url === undefined || !/^https?:$/.test(url.protocol)) {
    throw new InvalidOptionError(
      'request.url',
      request.url,
      'the address of an http or https service, whole or relative',
    )
  }
  for (const [name, value] of Object.entries(request.query ?? {})) {
    url.searchParams.delete(name)
    for (const one of [value ?? []].flat()) url.searchParams.append(name, String(one))
  }
  return url
}

function parsed(url: string, base: URL): URL | undefined {
  try {
    return new URL(url, base)
  } catch {
    return undefined
  }
}

/** A request as errors name it; the words are made when an error asks for them. */
class ShownCall implements HttpCall {
  readonly method: string
  readonly #url: URL

  constructor(method: string, url: URL) {
    this.method = method
    this.#url = url
  }

  get url(): string {
    return shownUrl(this.#url)
  }
}

/** An address as it may be shown: without credentials, and with the names of its query only. */
function shownUrl(url: URL): string {
  const names = [...url.searchParams.keys()]
  return url.origin + url.pathname + (names.length === 0 ? '' : `?${names.map((name) => `${name}=…`).join('&')}`)
}

/** Headers with their names in lower case, so that the same one is never sent twice. */
export function lowerCased(headers: Readonly<Record<string, string>>): Record<string, string> {
  const result: Record<string, string> = {}
  for (const name of Object.keys(headers)) result[name.toLowerCase()] = headers[name] as string
  return result
}

function bodyOf({ json, body }: HttpRequest): string | Uint8Array | null {
  if (json === undefined) return body ?? null
  if (body !== undefined) throw new InvalidOptionError('request.body', body, 'left out where there is `json`')
  const text = JSON.stringify(json) as string | undefined
  if (text === undefined) throw new InvalidOptionError('request.json', json, 'a value that JSON has a form for')
  return text
}
