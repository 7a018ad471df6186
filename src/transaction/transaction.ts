/** The transaction of a chunk, as user code sees it. */
export interface Transaction {
  /**
   * The driver's own connection (`pg`: `PoolClient`), inside the transaction. Never commit, roll back or release it.
   * `undefined` for the in-memory repository.
   */
  readonly client: unknown
  /** Calls `effect` after the transaction has committed. For effects in this process's memory only. */
  onCommit(effect: () => void): void
  /** Calls `effect` after the transaction was rolled back. For effects in this process's memory only. */
  onRollback(effect: () => void): void
}

/** A transaction in the hands of the engine. */
export interface ManagedTransaction extends Transaction {
  /** Begins in the database now, rather than with the first statement: for user code that takes `client` at once. */
  begin(): Promise<void>
  /**
   * Commits, and resolves only when the commit is certain. Rejects with `CommitOutcomeUnknownError` when the connection
   * is lost before the answer, with any other error when the transaction was certainly rolled back.
   */
  commit(): Promise<void>
  /** Rolls back; never rejects: a connection that cannot roll back is destroyed, which rolls back as well. */
  rollback(): Promise<void>
  /**
   * Ends the transaction now, whatever is under way in it: closes the connection, which rolls back. Calls that wait fail,
   * and so does all later use of the transaction and of its `client`. Does nothing once it has ended.
   */
  destroy(): void
  /** Runs the effects of a commit whose outcome was unknown, once it has been read. */
  resolve(committed: boolean): void
  /**
   * Runs `work` behind a savepoint. What it wrote is sent before this resolves. When it throws, or the database refuses
   * what it wrote, that alone is undone: effects it registered with `onRollback` run then, those with `onCommit` are
   * dropped, and the transaction can go on. With `checkConstraints`, deferred constraints are checked as COMMIT would.
   */
  savepoint<T>(work: () => Promise<T>, options?: { readonly checkConstraints?: boolean }): Promise<T>
  /** Whether an error met in this transaction, the driver's own or wrapped, passes when the work is done again. */
  isTransient?(error: unknown): boolean
}

/** Opens transactions on one resource, such as a pool of connections to one database. */
export interface TransactionManager {
  /** The object that stands for the resource: the pool the host handed in. Two managers of one pool are one resource. */
  readonly resource: object
  /** The most transactions that can be open at once, or `undefined` when there is no such limit. */
  readonly maxConnections?: number | undefined
  /** Begins a transaction. `label` names the owner to whoever looks at the database's sessions. */
  begin(options?: { readonly label?: string }): Promise<ManagedTransaction>
}
