/** What a process sends to its server. */
export interface Sent {
  readonly bytes: Buffer
  /** The text of the statement that it has the server do, if it is one. */
  readonly statement: string | undefined
}

/** What a server sends to a process. */
export interface Answer {
  readonly bytes: Buffer
  /** By what the server knows the connection, where this says so. */
  readonly pid: number | undefined
  /** Whether the server has answered all it was asked, and waits for more. */
  readonly ready: boolean
}

/** What one connection says, message by message, in the words that are the same for every database. */
export interface Protocol {
  /** The messages of the process that are complete with these bytes. */
  sent(bytes: Buffer): Iterable<Sent>
  /** The messages of the server that are complete with these bytes. */
  answered(bytes: Buffer): Iterable<Answer>
  /** What the server says before it closes a connection that it ends. */
  readonly lastWords: Buffer
}
