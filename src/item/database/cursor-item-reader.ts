import { OptionCheck } from '../../domain/check-option.js'
import type { AsText, ReadDialect, ReadRows } from '../../sql/read-dialect.js'
import { RowDecoder, type RowDecoderOptions } from '../../sql/row-decoder.js'
import type { SqlConnection, SqlDatabase, SqlResult } from '../../sql/sql-connection.js'
import { retryTransient } from '../../sql/retry-transient.js'
import { type Clock, systemClock } from '../../support/clock.js'
import type { Json } from '../../support/json.js'
import type { ReadContext } from '../item-context.js'
import type { HeldConnections, KeyedItemReader } from '../item-reader.js'
import type { ItemStream } from '../item-stream.js'
import { NotOpenError } from '../not-open-error.js'
import { CursorPlace } from './cursor-place.js'
import { DEFAULT_PAGE_SIZE, ItemFeed, type ItemPage } from './item-feed.js'
import { asTextColumns, checkItemOptions, ITEM_OPTIONS, type ItemOptions } from './item-types.js'
import { KeyedQuery } from './keyed-query.js'
import type { CursorPlug, RowCursor } from './row-cursor.js'
import { type QueryParameters, type QuerySource, type SelectOptions, selectSource, sqlSource } from './select-query.js'
import { checkSortKeys, type SortKey, type SortKeys } from './sort-keys.js'

/** A query as a whole, or in parts. */
export type CursorQuery =
  | (SelectOptions & { readonly sql?: never })
  | {
      /** A whole query, taken as it is; `:name` is a parameter. */
      readonly sql: string
      readonly parameters?: QueryParameters
      readonly select?: never
      readonly from?: never
      readonly where?: never
    }

/** Options of a cursor reader, besides its pool. */
export type CursorOptions<T> = CursorQuery &
  ItemOptions<T> & {
    /**
     * Selected columns that identify a row and are never NULL. The rows then come in their order, and a restart goes on
     * behind the last committed row. Default: none; a restart then reads the query again and drops as many rows as were
     * committed, so the query needs an ORDER BY that gives the same order every time.
     */
    readonly sortKeys?: SortKeys
    /** The clock of the waiting between attempts. Default: the system's; tests give a manual one. */
    readonly clock?: Clock
  }

interface Session {
  readonly cursor: RowCursor
  readonly client: unknown
  readonly place: CursorPlace
  readonly query: KeyedQuery | undefined
  readonly feed: ItemFeed<unknown>
  decoder: RowDecoder | undefined
  /** Rows that were read, until they are items. */
  undecoded: ReadRows | undefined
}

const OPTIONS = ['pool', 'sql', 'select', 'from', 'where', 'parameters', 'sortKeys', 'fetchSize', 'clock']

/** What the cursor readers of all databases share: see `PostgresCursorItemReader` and `MysqlCursorItemReader`. */
export abstract class CursorItemReader<T, P> implements KeyedItemReader<T>, ItemStream {
  readonly #owner: string
  readonly #database: SqlDatabase
  readonly #dialect: ReadDialect
  readonly #load: CursorPlug<P>['load']
  readonly #clock: Clock
  readonly #check: OptionCheck
  readonly #source: QuerySource
  readonly #keys: readonly SortKey[] | undefined
  readonly #itemOptions: RowDecoderOptions
  readonly #asText: AsText
  readonly #fetchSize: number | undefined
  #session: Session | undefined

  constructor(
    owner: string,
    options: CursorOptions<T> & { readonly pool: P; readonly fetchSize?: number },
    plug: CursorPlug<P>,
  ) {
    const check = new OptionCheck(owner)
    check.object(options, [...OPTIONS, ...ITEM_OPTIONS])
    const { database, dialect } = plug.reads(check, options.pool)
    this.#owner = owner
    this.#check = check
    this.#database = database
    this.#dialect = dialect
    this.#load = plug.load
    this.#keys = options.sortKeys === undefined ? undefined : checkSortKeys(check, options.sortKeys)
    this.#source =
      options.sql === undefined
        ? selectSource(check, dialect, options)
        : sqlSource(check, dialect, options.sql, options.parameters)
    if (options.sql !== undefined && (options as { select?: unknown }).select !== undefined) {
      check.fail('select', (options as { select?: unknown }).select, 'left out when `sql` is given')
    }
    this.#itemOptions = checkItemOptions(check, options)
    this.#asText = asTextColumns(this.#itemOptions)
    this.#fetchSize = options.fetchSize === undefined ? undefined : check.integer('fetchSize', options.fetchSize, 1)
    this.#clock = options.clock ?? systemClock
  }

  async open(position: Json | undefined, context: ReadContext): Promise<void> {
    await this.close()
    // A position that does not fit is found before a connection is taken.
    CursorPlace.check(this.#owner, this.#keys, position)
    const openCursor = await this.#load(this.#owner)
    const { signal, logger } = context
    const retry = { clock: this.#clock, signal, logger, what: 'opening a cursor', maxAttempts: 3 }
    this.#session = await retryTransient(retry, async () => {
      const connection = await this.#database.connect()
      try {
        const query = await this.#keyedQuery(connection)
        const place = new CursorPlace(this.#owner, this.#keys, query, position)
        const statement = query?.statement(place.after) ?? { text: this.#source.sql, values: this.#source.values }
        const asText = query === undefined ? this.#asText : query.asText
        const cursor = await openCursor(connection, statement, asText, this.#fetchSize)
        const feed = new ItemFeed<unknown>((size, readContext) => this.#read(size, readContext))
        return { cursor, client: connection.client, place, query, feed, decoder: undefined, undecoded: undefined }
      } catch (error) {
        connection.destroy()
        throw error
      }
    })
    await this.#session.place.skip(this.#session.cursor, context)
  }

  read(context: ReadContext): T | null | Promise<T | null> {
    return this.#open().feed.read(context) as T | null | Promise<T | null>
  }

  readChunk(size: number, context: ReadContext): readonly T[] | Promise<readonly T[]> {
    return this.#open().feed.readChunk(size, context) as readonly T[] | Promise<readonly T[]>
  }

  itemKey(items: readonly T[], index: number): string {
    const { feed, place } = this.#open()
    const { row, number } = feed.find(items, index)
    return place.keyOf(row, number)
  }

  lastKey(): string {
    const { feed, place } = this.#open()
    return place.keyOf(feed.last ?? [], feed.count)
  }

  /** The connection of the cursor. */
  get connections(): HeldConnections {
    return { pool: this.#database.pool, held: 1, size: this.#database.maxConnections }
  }

  position(): Json {
    const { feed, place } = this.#open()
    return place.position(feed.last, feed.count)
  }

  async close(): Promise<void> {
    const session = this.#session
    this.#session = undefined
    await session?.cursor.close(this.#clock)
  }

  #open(): Session {
    if (this.#session === undefined) throw new NotOpenError(this.#owner)
    return this.#session
  }

  async #keyedQuery(connection: SqlConnection): Promise<KeyedQuery | undefined> {
    if (this.#keys === undefined) return undefined
    const { sql, values, plainTable } = this.#source
    const options = {
      owner: this.#owner,
      check: this.#check,
      dialect: this.#dialect,
      source: `(\n${sql})`,
      values,
      keys: this.#keys,
      plainTable,
      asText: this.#asText,
    }
    return KeyedQuery.open(options, async (statement) => (await connection.run([statement]))[0] as SqlResult)
  }

  async #read(size: number | undefined, context: ReadContext): Promise<ItemPage<unknown> | undefined> {
    const session = this.#open()
    // Rows that cannot be decoded are kept: the next call fails for them again, and none is lost.
    session.undecoded ??= await session.place.next(
      session.cursor,
      this.#fetchSize ?? size ?? DEFAULT_PAGE_SIZE,
      context.signal,
    )
    const { rows, fields } = session.undecoded
    if (rows.length === 0) return undefined
    session.decoder ??= new RowDecoder(
      this.#owner,
      fields,
      this.#dialect.decoders(session.client),
      this.#itemOptions,
      session.query?.placesOf(fields),
    )
    const items = session.decoder.decode(rows, 0, rows.length)
    session.undecoded = undefined
    return { rows, items }
  }
}
