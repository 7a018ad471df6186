import { HttpBodyError, type HttpCall } from './http-errors.js'

const STRICT = new TextDecoder('utf-8', { fatal: true })

/** What a response is made of. */
export interface ResponseParts {
  readonly call: HttpCall
  readonly url: string
  readonly status: number
  readonly headers: Readonly<Record<string, string | readonly string[] | undefined>>
  readonly bytes: Uint8Array
}

/** The answer to a request, with its whole body: nothing is left to be read, closed or awaited. */
export class HttpResponse {
  readonly status: number
  /** By name in lower case; a header that came several times is joined with commas. */
  readonly headers: Readonly<Record<string, string>>
  /** The body as it came. */
  readonly bytes: Uint8Array
  /** The whole address that was asked. */
  readonly url: string
  /** The request, as errors name it. */
  readonly call: HttpCall

  constructor({ call, url, status, headers, bytes }: ResponseParts) {
    this.call = call
    this.url = url
    this.status = status
    this.headers = joined(headers)
    this.bytes = bytes
  }

  /**
   * The body as text, in the encoding that its `content-type` names, else UTF-8.
   *
   * @throws HttpBodyError the encoding is not known, or the body compressed
   */
  text(): string {
    return this.#decode(/charset="?([^";\s]+)/i.exec(this.headers['content-type'] ?? '')?.[1] ?? 'utf-8', false)
  }

  /**
   * The body as JSON, whatever its `content-type` says.
   *
   * @throws HttpBodyError it is no JSON; the error shows how it begins
   */
  json(): unknown {
    if (this.bytes.length === 0) throw new HttpBodyError(this.call, `no body (status ${this.status}) instead of JSON`)
    const text = this.#decode('utf-8', true)
    try {
      return JSON.parse(text) as unknown
    } catch (cause) {
      throw new HttpBodyError(this.call, `${this.#contentType} that is no JSON`, { body: text, cause })
    }
  }

  get #contentType(): string {
    return this.headers['content-type'] ?? 'a body without a content type'
  }

  #decode(encoding: string, fatal: boolean): string {
    const coding = this.headers['content-encoding']
    if (coding !== undefined && coding !== 'identity') {
      throw new HttpBodyError(this.call, `a body in the coding ${coding}, which it was not asked for`)
    }
    try {
      return (fatal ? STRICT : new TextDecoder(encoding)).decode(this.bytes)
    } catch (cause) {
      throw new HttpBodyError(this.call, `${this.#contentType} that is no text in ${encoding}`, { cause })
    }
  }
}

function joined(headers: ResponseParts['headers']): Record<string, string> {
  const result: Record<string, string> = {}
  for (const name of Object.keys(headers)) {
    const value = headers[name]
    if (value !== undefined) result[name.toLowerCase()] = typeof value === 'string' ? value : value.join(', ')
  }
  return result
}
