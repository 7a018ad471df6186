/** How the private server is set up. */
export interface PrivateMariadbOptions {
  /** Server settings by name, over the defaults (300 connections, 128 MB of shared buffers, UTC). */
  readonly settings?: Readonly<Record<string, string>>
  /** Whether a commit reaches the disk, default true. Tests say false: nothing of theirs outlives the machine. */
  readonly durable?: boolean
}

/** A running private server. */
export interface PrivateMariadb extends AsyncDisposable {
  readonly host: string
  readonly port: number
  /** The one user; it needs no password. */
  readonly superuser: string
  /** Leads to the database `mysql`. */
  readonly url: string
  /** The server's log file; gone after `stop`. */
  readonly log: string
  /** Ends the server the hard way, as a crash would; its data stay for `restart`. */
  kill(): Promise<void>
  /** Starts it again, on the same port and data, stopping it first if it runs. */
  restart(): Promise<void>
  /** Stops the server, ends its connections and deletes its data. A second call does nothing. */
  stop(): Promise<void>
}

/**
 * Starts a private MariaDB server with data of its own, on a free port of 127.0.0.1, and resolves when it accepts
 * connections (about two seconds). It is stopped and deleted when this process dies, however it dies. Throws when
 * no MariaDB is there and none can be installed (the message says what to do) or the server does not start (with its log).
 */
export function startMariadb(options?: PrivateMariadbOptions): Promise<PrivateMariadb>
