import { OptionCheck } from '../../domain/check-option.js'
import { isParameterCheck } from '../../domain/parameter-check.js'
import { unlessAborted } from '../../support/abort.js'
import type { Json } from '../../support/json.js'
import type { Logger } from '../../support/logger.js'
import { Mutex } from '../../support/mutex.js'
import type { ReadContext } from '../item-context.js'
import { NotOpenError } from '../not-open-error.js'
import type { ItemReader } from '../item-reader.js'
import type { ItemStream } from '../item-stream.js'
import { checkPick, type ValuePick, valueAt } from './body-path.js'
import { HttpPagingError } from './http-errors.js'
import type { HttpRequest } from './http-request.js'
import { type LoadedPage, PageLoader, type PageOptions } from './page-loader.js'
import { type HttpPages, pagePlan, type PagePlan } from './page-plan.js'
import { pagingPosition, type PagePlace, parsePagingPosition } from './paging-position.js'
import { TokenGuard } from './token-guard.js'

/** Options of {@link HttpPagingItemReader}. */
export interface HttpPagingItemReaderOptions<T> extends PageOptions<T> {
  /** The request for the first page. */
  readonly request: HttpRequest
  /** How the service says where its next page is. */
  readonly pages: HttpPages<T>
  /**
   * What names an item, for the idempotency key: a path in the item or a function of it. Give one where the items have
   * one. Default: they are counted, and a page that has changed before a restart gives keys to other items.
   */
  readonly key?: ValuePick<T, string | number>
  /** Whether the next page is asked for while the items of this one are processed. Default true. */
  readonly prefetch?: boolean
  /** How many pages without items, one after another, may lead to further ones. Default 100. */
  readonly maxEmptyPages?: number
}

interface Session<T> {
  readonly closing: AbortController
  readonly logger: Logger
  readonly guard: TokenGuard
  /** Where reading goes on; `undefined`: at the end. */
  place: PagePlace
  /** The page of that place, if it is at hand. */
  page: LoadedPage<T> | undefined
  /** The page of that place, or the one behind it, on its way. */
  coming: Promise<LoadedPage<T>> | undefined
  /** Why nothing more can be read. */
  failure: { readonly error: unknown } | undefined
  lastBytes: Uint8Array | undefined
  count: number
  readonly isWhole: boolean
}

const OWNER = 'HttpPagingItemReader'
const KNOWN = ['client', 'request', 'pages', 'items', 'schema', 'total', 'key', 'prefetch', 'maxEmptyPages']

/**
 * Reads what a service gives page by page. Chunks never cross a page.
 *
 * Restarts with the page of the last committed item, asked for by its token (its address, cursor, number), and drops the
 * items of it that were committed; behind a page's last item, with the page that follows. A page that has changed in
 * between is read as it is now: what has moved into its dropped part, or out of it, is missed or read again; one that has
 * become too short for its dropped part is refused. Pages by cursor or by address that stay as they are restart exactly.
 *
 * Throws what {@link HttpClient} throws, `HttpBodyError` for a body that is no JSON, has no array of items or is refused
 * by `schema`, `HttpPagingError` for a service that leads in a circle or never to an item, `PositionError`. What fails is a
 * page, not an item: the step fails, whatever its `skip` says.
 *
 * @example
 * ```ts
 * import { HttpClient, HttpPagingItemReader } from 'chunkwise/http'
 *
 * const client = new HttpClient({ baseUrl: 'https://shop.example.org/api/' })
 * export const orders = new HttpPagingItemReader<{ id: string; cents: number }>({
 *   client,
 *   request: { url: 'orders', query: { limit: 200 } },
 *   items: 'orders',
 *   pages: { by: 'cursor', at: 'meta.next', parameter: 'after' },
 *   key: 'id',
 * })
 * ```
 */
export class HttpPagingItemReader<T> implements ItemReader<T>, ItemStream {
  /** Names items, where `key` says how. */
  readonly itemKey?: (items: readonly T[], index: number) => string
  /** The key of the item that was read last, where `key` says how. */
  readonly lastKey?: () => string
  readonly #check = new OptionCheck(OWNER)
  readonly #options: HttpPagingItemReaderOptions<T>
  readonly #plan: PagePlan
  readonly #turns = new Mutex()
  #queued = 0
  #session: Session<T> | undefined
  readonly #loader: PageLoader<T>
  #last: T | undefined

  /** Throws `InvalidOptionError` for options that cannot work. */
  constructor(options: HttpPagingItemReaderOptions<T>) {
    const check = this.#check
    check.object(options, KNOWN)
    check.methods('client', options.client, ['request'], 'an HttpClient')
    if (typeof options.request?.url !== 'string') check.fail('request', options.request, 'a request such as { url }')
    for (const name of ['items', 'total', 'key'] as const) checkPick(check, name, options[name], true)
    if (options.schema !== undefined && !isParameterCheck(options.schema)) {
      check.fail('schema', options.schema, 'a Standard Schema')
    }
    if (options.prefetch !== undefined) check.boolean('prefetch', options.prefetch)
    check.integer('maxEmptyPages', options.maxEmptyPages ?? 100, 0)
    this.#options = options
    this.#plan = pagePlan(check, options.pages as HttpPages, options.request)
    this.#loader = new PageLoader(options, this.#plan)
    if (options.key === undefined) return
    this.itemKey = (items, index) => this.#keyOf(items[index] as T)
    this.lastKey = () => this.#keyOf(this.#last as T)
  }

  /** How many items the service says there are in all, where it has said so by now. */
  total(): number | undefined {
    return this.#loader.total
  }

  /** True once a page could not be had: `skip` cannot go round it. */
  get isBroken(): boolean {
    return this.#session?.failure !== undefined
  }

  async open(position: Json | undefined, { logger }: ReadContext): Promise<void> {
    await this.close()
    const place = parsePagingPosition(OWNER, this.#plan, position)
    this.#session = {
      closing: new AbortController(),
      logger,
      guard: new TokenGuard(place?.token ?? null),
      place,
      page: undefined,
      coming: undefined,
      failure: undefined,
      lastBytes: undefined,
      count: 0,
      isWhole: position === undefined,
    }
  }

  read(context: ReadContext): T | null | Promise<T | null> {
    const items = this.readChunk(1, context)
    return items instanceof Promise ? items.then(([item]) => item ?? null) : (items[0] ?? null)
  }

  readChunk(size: number, context: ReadContext): readonly T[] | Promise<readonly T[]> {
    const session = this.#open()
    if (this.#queued === 0 && session.page !== undefined) return this.#take(session, session.page, size)
    return this.#inTurn(async () => {
      try {
        const page = await this.#fill(session, context)
        return page === undefined ? [] : this.#take(session, page, size)
      } catch (error) {
        // A page that cannot be had leads nowhere: where the next one is stands in it.
        if (!context.signal.aborted) session.failure ??= { error }
        throw error
      }
    })
  }

  position(): Json {
    return pagingPosition(this.#open().place)
  }

  async close(): Promise<void> {
    const session = this.#session
    this.#session = undefined
    session?.closing.abort(new NotOpenError(OWNER))
    // Nothing runs on behind it.
    await session?.coming?.catch(() => undefined)
  }

  #open(): Session<T> {
    if (this.#session === undefined) throw new NotOpenError(OWNER)
    return this.#session
  }

  #take(session: Session<T>, page: LoadedPage<T>, size: number): readonly T[] {
    const { token, index } = session.place as NonNullable<PagePlace>
    const items = page.items.slice(index, index + size)
    session.count += items.length
    this.#last = items.at(-1)
    session.place = { token, index: index + items.length }
    if (session.place.index === page.items.length) this.#moveBehind(session, page)
    return items
  }

  /** The page at hand, or the next one that has an item; `undefined` at the end. */
  async #fill(session: Session<T>, context: ReadContext): Promise<LoadedPage<T> | undefined> {
    const { maxEmptyPages = 100, prefetch = true } = this.#options
    for (let empty = 0; ;) {
      if (session.page !== undefined) return session.page
      if (session.failure !== undefined) throw session.failure.error
      if (session.place === undefined) {
        this.#compareTotal(session)
        return undefined
      }
      const page = await unlessAborted(context.signal, this.#coming(session, session.place.token))
      if (this.#session !== session) throw new NotOpenError(OWNER)
      session.coming = undefined
      this.#checkPage(session, page, session.place.index)
      if (session.place.index < page.items.length) {
        session.page = page
        if (page.next !== undefined && prefetch) void this.#coming(session, page.next)
        return page
      }
      if (page.items.length === 0 && page.next !== undefined && ++empty > maxEmptyPages) {
        throw new HttpPagingError(page.call, `has given ${empty} pages without items, and names yet another one`)
      }
      this.#moveBehind(session, page)
    }
  }

  #checkPage(session: Session<T>, { items, bytes, call }: LoadedPage<T>, index: number): void {
    if (index > items.length) {
      const problem = `gives ${items.length} items now, where ${index} of this page were committed before the restart`
      throw new HttpPagingError(call, problem)
    }
    const isCopy = session.lastBytes !== undefined && Buffer.compare(bytes, session.lastBytes) === 0
    // Two pages of plain values may be alike; two of objects with names of their own are not.
    if (isCopy && typeof items[0] === 'object') {
      throw new HttpPagingError(call, 'has given the same page twice, under different numbers')
    }
    if (this.#plan.counts) session.lastBytes = bytes
  }

  #moveBehind(session: Session<T>, { next, call }: LoadedPage<T>): void {
    session.page = undefined
    session.place = next === undefined ? undefined : { token: next, index: 0 }
    if (next === undefined || !session.guard.isRepeated(next)) return
    // For the next call: the items in hand are good.
    session.failure = { error: new HttpPagingError(call, 'names a page that it has given before as its next one') }
  }

  #coming(session: Session<T>, token: Json): Promise<LoadedPage<T>> {
    if (session.coming !== undefined) return session.coming
    const page = this.#loader.load(token, { signal: session.closing.signal, logger: session.logger })
    session.coming = page
    // Who waits for it is told.
    page.catch(() => {
      if (session.coming === page) session.coming = undefined
    })
    return page
  }

  #compareTotal({ count, isWhole, logger }: Session<T>): void {
    const total = this.total()
    if (!isWhole || total === undefined || count >= total) return
    logger.warn({ total, read: count }, 'the service has given fewer items than it said there are')
  }

  #keyOf(item: T): string {
    const { key: pick } = this.#options
    const key = typeof pick === 'function' ? pick(item) : valueAt(item, pick ?? '')
    if (typeof key === 'string' || typeof key === 'number') return String(key)
    return this.#check.fail('key', key, 'a path or function that gives a text or a number for every item')
  }

  async #inTurn<R>(task: () => Promise<R>): Promise<R> {
    this.#queued++
    try {
      return await this.#turns.run(task)
    } finally {
      this.#queued--
    }
  }
}
