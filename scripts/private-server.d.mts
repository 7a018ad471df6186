/** How a private server is set up. */
export interface PrivateServerOptions {
  /** Server settings by name, over the defaults (300 connections, 128 MB of memory for pages, UTC). */
  readonly settings?: Readonly<Record<string, string>>
  /** Whether a commit reaches the disk, default true. Tests say false: nothing of theirs outlives the machine. */
  readonly durable?: boolean
}

/** A running private server. */
export interface PrivateServer extends AsyncDisposable {
  readonly host: string
  readonly port: number
  /** The one user; it needs no password. */
  readonly superuser: string
  /** Leads to the server's own database. */
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
