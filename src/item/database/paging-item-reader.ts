import { OptionCheck } from '../../domain/check-option.js'
import { type ItemRow, RowDecoder, type RowDecoderOptions } from '../../sql/row-decoder.js'
import type { SqlDatabase, SqlResult } from '../../sql/sql-connection.js'
import { type Clock, nextTurn, systemClock } from '../../support/clock.js'
import type { Json } from '../../support/json.js'
import type { ReadContext } from '../item-context.js'
import type { HeldConnections } from '../item-reader.js'
import { NotOpenError } from '../not-open-error.js'
import type { Gap, ItemRange, RangedItemReader } from '../ranged-item-reader.js'
import { DEFAULT_PAGE_SIZE, ItemFeed, type ItemPage } from './item-feed.js'
import { asTextColumns, checkItemOptions, ITEM_OPTIONS, type ItemOptions } from './item-types.js'
import { keyPosition, type KeyValues, parseKeyPosition } from './key-position.js'
import { type CheckedKeyRange, checkKeyRange, type KeyRange } from './key-range.js'
import { KeyedQuery, type KeyedQueryOptions } from './keyed-query.js'
import { PageQueries } from './page-queries.js'
import { type KeyGap, RangeFeed } from './range-feed.js'
import { type OpenReadPlug, type PlugRows, readRows } from './read-plug.js'
import { unlessAborted } from '../../support/abort.js'
import { type SelectOptions, selectSource } from './select-query.js'
import { checkSortKeys, type SortKeys } from './sort-keys.js'

/** Options of a paging reader, besides its pool. */
export interface PagingOptions<T> extends SelectOptions, ItemOptions<T> {
  /**
   * The selected columns by which rows are paged, in order of weight: `{ last_login: 'desc', id: 'asc' }`. Together they
   * must identify a row and are never NULL; an index in this order keeps every page fast.
   */
  readonly sortKeys: SortKeys
  /**
   * The part of the rows to read, by the sort keys: behind `after`, up to and with `through`. `partitionRange(context)` in
   * the worker of a partition. Default: all rows.
   */
  readonly range?: KeyRange
  /** Rows a query. Default: the step's `chunkSize`; another value works, but a chunk is then not one query. */
  readonly pageSize?: number
  /** Whether the next page is read while the chunk of this one is processed and committed. Default true. */
  readonly prefetch?: boolean
  /** The clock of the waiting between attempts. Default: the system's; tests give a manual one. */
  readonly clock?: Clock
}

interface Session {
  readonly queries: PageQueries
  readonly query: KeyedQuery
  readonly feed: ItemFeed<unknown>
  /** Where `open` was told to continue. */
  readonly from: KeyValues | undefined
  /** In a step that commits in any order. */
  readonly ranges: RangeFeed<unknown> | undefined
  decoder: RowDecoder
}

interface Fetched {
  readonly answer: PlugRows
  readonly rows: readonly ItemRow[]
  /** Whether the table had no row behind these. */
  readonly isLast: boolean
}

interface DecodedPage extends ItemPage<unknown> {
  readonly isLast: boolean
}

const OPTIONS = ['pool', 'select', 'from', 'where', 'parameters', 'sortKeys', 'range', 'pageSize', 'prefetch', 'clock']

/** What the paging readers of all databases share: see `PostgresPagingItemReader` and `MysqlPagingItemReader`. */
export abstract class PagingItemReader<T, P> implements RangedItemReader<T> {
  readonly #database: SqlDatabase
  readonly #clock: Clock
  readonly #keyed: KeyedQueryOptions
  readonly #range: CheckedKeyRange | undefined
  readonly #itemOptions: RowDecoderOptions
  readonly #prefetch: boolean
  readonly #givenPageSize: number | undefined
  #pageSize: number | undefined
  #session: Session | undefined
  /** The page that is on its way. */
  #next: Promise<DecodedPage> | undefined
  /** The keys of the last row that was fetched. */
  #after: KeyValues | undefined
  #ended = false

  constructor(owner: string, options: PagingOptions<T> & { readonly pool: P }, openPlug: OpenReadPlug<P>) {
    const check = new OptionCheck(owner)
    check.object(options, [...OPTIONS, ...ITEM_OPTIONS])
    const { database, dialect } = openPlug(check, options.pool)
    this.#database = database
    const keys = checkSortKeys(check, options.sortKeys)
    const { sql, values, plainTable } = selectSource(check, dialect, options)
    this.#range = 'range' in options ? checkKeyRange(check, options.range as KeyRange, keys) : undefined
    this.#itemOptions = checkItemOptions(check, options)
    const asText = asTextColumns(this.#itemOptions)
    this.#keyed = { owner, check, dialect, keys, source: `(\n${sql})`, values, plainTable, asText }
    this.#givenPageSize = options.pageSize === undefined ? undefined : check.integer('pageSize', options.pageSize, 1)
    this.#prefetch = options.prefetch === undefined || check.boolean('prefetch', options.prefetch)
    this.#clock = options.clock ?? systemClock
  }

  open(position: Json | undefined, context: ReadContext): Promise<void> {
    return this.#start(position, undefined, context)
  }

  openRanges(gaps: readonly Gap[], context: ReadContext): Promise<void> {
    return this.#start(undefined, gaps, context)
  }

  async readRange(size: number, context: ReadContext): Promise<ItemRange<T> | null> {
    const session = this.#open()
    if (session.ranges === undefined) throw new NotOpenError(this.#keyed.owner)
    this.#pageSize ??= this.#choosePageSize(size, context)
    const range = await unlessAborted(context.signal, session.ranges.next(size))
    if (this.#session !== session) throw new NotOpenError(this.#keyed.owner)
    if (range === null) return null
    const { keys } = this.#keyed
    const [from, to] = [range.from, range.to].map((place) => keyPosition(keys, place) ?? undefined)
    return { items: range.items as readonly T[], from, to, end: range.end }
  }

  read(context: ReadContext): T | null | Promise<T | null> {
    return this.#open().feed.read(context) as T | null | Promise<T | null>
  }

  readChunk(size: number, context: ReadContext): readonly T[] | Promise<readonly T[]> {
    return this.#open().feed.readChunk(size, context) as readonly T[] | Promise<readonly T[]>
  }

  itemKey(items: readonly T[], index: number): string {
    const { feed, query, ranges } = this.#open()
    return query.keyOf(ranges?.find(items, index) ?? feed.find(items, index).row)
  }

  lastKey(): string {
    const { feed, query } = this.#open()
    return query.keyOf(feed.last ?? [])
  }

  /** With `prefetch`, a page is read while a chunk commits. */
  get connections(): HeldConnections {
    return { pool: this.#database.pool, held: this.#prefetch ? 1 : 0, size: this.#database.maxConnections }
  }

  position(): Json {
    const { feed, query, from } = this.#open()
    return keyPosition(this.#keyed.keys, feed.last === undefined ? from : query.keysOf(feed.last))
  }

  async close(): Promise<void> {
    const session = this.#session
    this.#session = undefined
    this.#next = undefined
    await session?.queries.close()
  }

  async #start(position: Json | undefined, gaps: readonly Gap[] | undefined, context: ReadContext): Promise<void> {
    await this.close()
    const { owner, keys } = this.#keyed
    const parse = (place: Json | undefined): KeyValues | undefined => parseKeyPosition(owner, keys, place)
    const from = parse(position)
    const ranges = gaps?.map(({ after, upTo }) => ({ after: parse(after), upTo: parse(upTo) }))
    const queries = new PageQueries(this.#database, this.#clock, context)
    try {
      const query = await this.#openQuery(queries, context)
      const feed = new ItemFeed<unknown>((size, readContext) => this.#load(size, readContext))
      this.#session = { queries, ...query, feed, from, ranges: ranges && this.#rangeFeed(queries, query.query, ranges) }
    } catch (error) {
      await queries.close()
      throw error
    }
    this.#pageSize = undefined
    this.#after = from
    this.#ended = false
  }

  async #openQuery(queries: PageQueries, context: ReadContext): Promise<Pick<Session, 'query' | 'decoder'>> {
    let client: unknown
    const query = await KeyedQuery.open(this.#keyed, async (statement) => {
      const ran = queries.run(async (connection) => {
        client = connection.client
        return (await connection.run([statement]))[0] as SqlResult
      })
      return unlessAborted(context.signal, ran)
    })
    return { query, decoder: this.#decoder(query, query.fields, client) }
  }

  #rangeFeed(queries: PageQueries, query: KeyedQuery, gaps: readonly KeyGap[]): RangeFeed<unknown> {
    return new RangeFeed<unknown>({
      gaps,
      prefetch: this.#prefetch,
      keysOf: (row) => query.keysOf(row),
      fetch: async (after, upTo) => {
        const { answer, rows, isLast } = await this.#query({ queries, query }, after, upTo)
        return { rows, isLast, decode: () => this.#decode(this.#open(), answer, rows) }
      },
    })
  }

  #open(): Session {
    if (this.#session === undefined) throw new NotOpenError(this.#keyed.owner)
    return this.#session
  }

  async #load(size: number | undefined, context: ReadContext): Promise<ItemPage<unknown> | undefined> {
    const session = this.#open()
    if (this.#ended) return undefined
    this.#pageSize ??= this.#choosePageSize(size, context)
    const { rows, items, isLast } = await unlessAborted(context.signal, this.#next ?? this.#fetch(session, this.#after))
    if (this.#session !== session) throw new NotOpenError(this.#keyed.owner)
    const last = rows.at(-1)
    const after = last === undefined ? this.#after : session.query.keysOf(last)
    this.#next = this.#prefetch && !isLast ? this.#fetchAhead(session, after) : undefined
    this.#after = after
    this.#ended = isLast
    return { rows, items }
  }

  /**
   * A page that is read ahead is also decoded ahead: as it comes, while the chunk before it is written. That is sent first:
   * asked for at once, the page would come while it is made ready, and the database would wait for both.
   */
  #fetchAhead(session: Session, after: KeyValues | undefined): Promise<DecodedPage> {
    const fetched = nextTurn().then(() => {
      if (this.#session !== session) throw new NotOpenError(this.#keyed.owner)
      return this.#fetch(session, after)
    })
    // A page that failed is asked for again by the next call; who waits for this one is told.
    fetched.catch(() => {
      if (this.#next === fetched) this.#next = undefined
    })
    return fetched
  }

  async #fetch(session: Session, after: KeyValues | undefined): Promise<DecodedPage> {
    const { answer, rows, isLast } = await this.#query(session, after, undefined)
    return { rows, isLast, items: this.#decode(session, answer, rows) }
  }

  /** Asks for one row more than the page has: it may tie with the page's last, and says whether there are more pages. */
  async #query(
    { queries, query }: Pick<Session, 'queries' | 'query'>,
    after: KeyValues | undefined,
    upTo: KeyValues | undefined,
  ): Promise<Fetched> {
    const pageSize = this.#pageSize as number
    const { after: bottom, through: top } = this.#range ?? {}
    const statement = query.statement(after ?? bottom, pageSize + 1, upTo ?? top)
    const answer = await queries.run((connection) => readRows(this.#keyed.dialect, connection, statement, query.asText))
    query.check(answer.rows, undefined)
    const isLast = answer.rows.length <= pageSize
    return { answer, rows: isLast ? answer.rows : answer.rows.slice(0, pageSize), isLast }
  }

  #decode(session: Session, answer: PlugRows, rows: readonly ItemRow[]): unknown[] {
    const fields = session.query.fieldsOf(answer)
    if (!session.decoder.fits(fields)) {
      // The table has changed since the last page.
      session.decoder = this.#decoder(session.query, fields, answer.client)
    }
    return session.decoder.decode(rows, 0, rows.length)
  }

  #decoder(query: KeyedQuery, fields: PlugRows['fields'], client: unknown): RowDecoder {
    const { owner, dialect } = this.#keyed
    return new RowDecoder(owner, fields, dialect.decoders(client), this.#itemOptions, query.placesOf(fields))
  }

  #choosePageSize(chunkSize: number | undefined, context: ReadContext): number {
    const pageSize = this.#givenPageSize ?? chunkSize ?? DEFAULT_PAGE_SIZE
    if (chunkSize !== undefined && pageSize !== chunkSize) {
      context.logger.warn({ pageSize, chunkSize }, 'pageSize differs from the chunk size: a chunk is not one query')
    }
    return pageSize
  }
}
