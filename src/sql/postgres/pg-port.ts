/**
 * The few members of `pg` that Chunkwise needs, stated by shape: a `Pool` of any version from 8.11 is one, and this
 * package has no import of it.
 */
export interface PgPool {
  /** With a callback: it is called before the driver reads the connection's next message. */
  connect(callback: (error: Error | undefined, client: PgPoolClient | undefined) => void): void
  /** `pg.Pool` says its size here. */
  readonly options?: { readonly max?: number | undefined }
}

/** A connection of the pool. */
export interface PgPoolClient {
  query(text: string): Promise<unknown>
  query<S extends PgSubmittable>(submittable: S): S
  release(destroy?: Error | boolean): void
  on(event: 'error', listener: (error: Error) => void): unknown
  removeListener(event: 'error', listener: (error: Error) => void): unknown
  /** The driver's own end of the wire, where `pg.Client` has it: every answer of the server comes by, whoever asked. */
  readonly connection?: PgWire
  /** True when the host asked for the driver's own pipeline mode, in which submittables are refused. */
  readonly pipeline?: boolean
}

/** Where the messages of the server can be listened to. */
export interface PgWire {
  /** The socket. */
  readonly stream?: { destroy?(): void }
  on?(event: 'errorMessage' | 'commandComplete', listener: (message: unknown) => void): unknown
  removeListener?(event: 'errorMessage' | 'commandComplete', listener: (message: unknown) => void): unknown
}

/** A client that tells the parser it uses for a type; `pg.Client` does. */
export interface PgTypeParsers {
  getTypeParser?(typeId: number, format: 'text'): (text: string) => unknown
}

/** What `pg` lets a query object of one's own do on the wire; pg-cursor is made the same way. */
export interface PgConnection {
  readonly stream: { cork?(): void; uncork?(): void; destroy?(): void }
  query(text: string): void
  parse(message: { readonly text: string; readonly name?: string }): void
  bind(message: { readonly values: readonly (string | Uint8Array | null)[] }): void
  describe(message: { readonly type: 'P' }): void
  execute(message?: { readonly rows?: number }): void
  sync(): void
  sendCopyFromChunk(chunk: Uint8Array): void
  endCopyFrom(): void
  sendCopyFail(message: string): void
}

/** A column of a result, as the server describes it. */
export interface PgField {
  readonly name: string
  readonly dataTypeID: number
  readonly tableID: number
  readonly columnID: number
}

/** A query object: `pg` hands it the connection, then each message of the server. */
export interface PgSubmittable {
  /** Set by `pg` when the host has a query timeout; must be called at the end. */
  callback?: (error: unknown, result?: unknown) => void
  submit(connection: PgConnection): Error | null | undefined
  handleRowDescription(message: { readonly fields: readonly PgField[] }): void
  handleDataRow(message: { readonly fields: readonly (string | null)[] }): void
  handleCommandComplete(message: { readonly text: string }): void
  handleEmptyQuery(): void
  handlePortalSuspended(): void
  handleCopyInResponse(connection: PgConnection): void
  handleCopyData(): void
  handleReadyForQuery(): void
  handleError(error: unknown): void
}
