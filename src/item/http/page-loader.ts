import { refusals, type StandardSchema } from '../../domain/parameter-check.js'
import type { Json } from '../../support/json.js'
import { quote } from '../../support/quote.js'
import { type ValuePick, valueAt } from './body-path.js'
import type { HttpCallContext, HttpClient } from './http-client.js'
import { HttpBodyError, type HttpCall } from './http-errors.js'
import type { HttpPage, PagePlan } from './page-plan.js'

/** What of a service's pages is wanted, and from where. */
export interface PageOptions<T> {
  /** The client of the service. */
  readonly client: HttpClient
  /** Where a page's items are in its body. Default: the body is the array itself. A function is handed the body. */
  readonly items?: ValuePick<unknown, readonly T[]>
  /** What the body of every page must look like. Only the schema's verdict is used: items stay as they came. Default: any. */
  readonly schema?: StandardSchema
  /** Where the body says how many items there are in all, for `total` of the reader. Default: nowhere. */
  readonly total?: ValuePick<HttpPage<T>, number | undefined>
}

/** A page that was loaded. */
export interface LoadedPage<T> {
  readonly items: readonly T[]
  /** `undefined`: there is none. */
  readonly next: Json | undefined
  readonly call: HttpCall
  readonly bytes: Uint8Array
}

/** Asks a service for pages, and takes out of them what a reader wants. */
export class PageLoader<T> {
  readonly #options: PageOptions<T>
  readonly #plan: PagePlan
  #total: number | undefined

  constructor(options: PageOptions<T>, plan: PagePlan) {
    this.#options = options
    this.#plan = plan
  }

  /** How many items the service says there are, where it has said so by now. */
  get total(): number | undefined {
    return this.#total
  }

  /** The page of a token. */
  async load(token: Json, context: HttpCallContext): Promise<LoadedPage<T>> {
    const { client, schema } = this.#options
    const response = await client.request(this.#plan.request(token), context)
    const body = response.json()
    const { call, bytes } = response
    const issues = schema === undefined ? [] : refusals('HttpPagingItemReader.schema', schema, body)
    if (issues.length > 0) {
      const said = issues.map(({ name, message }) => (name === undefined ? message : `${name}: ${message}`))
      throw new HttpBodyError(call, `a body that its schema refuses (${said.slice(0, 3).join('; ')})`, {
        body: response.text(),
        issues: said,
      })
    }
    const page = { body, items: this.#itemsOf(body, call), response }
    this.#learnTotal(page)
    return { items: page.items, next: this.#plan.next(token, page), call, bytes }
  }

  #itemsOf(body: unknown, call: HttpCall): readonly T[] {
    const { items: pick } = this.#options
    const items = pick === undefined ? body : typeof pick === 'function' ? pick(body) : valueAt(body, pick)
    const bad = Array.isArray(items) ? items.findIndex((item) => item === null || item === undefined) : 0
    if (bad === -1) return items as readonly T[]
    const where = typeof pick === 'string' ? ` at ${quote(pick)}` : ''
    const problem = Array.isArray(items) ? `null as item ${bad}${where}` : `JSON without an array of items${where}`
    throw new HttpBodyError(call, problem, { body: JSON.stringify(body) })
  }

  #learnTotal(page: HttpPage<T>): void {
    const { total: pick } = this.#options
    if (pick === undefined) return
    const total = typeof pick === 'function' ? pick(page) : valueAt(page.body, pick)
    if (typeof total === 'number') this.#total = total
  }
}
