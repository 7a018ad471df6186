/** One level of a logger, as pino has it: fields first, then the message. */
export interface LogMethod {
  (fields: object, message: string): void
  (message: string): void
}

/** Where Chunkwise writes its log lines. A pino logger is one as it is. Default everywhere: {@link silentLogger}. */
export interface Logger {
  readonly debug: LogMethod
  readonly info: LogMethod
  readonly warn: LogMethod
  readonly error: LogMethod
}

const nothing: LogMethod = () => {}

/** Writes nothing. */
export const silentLogger: Logger = { debug: nothing, info: nothing, warn: nothing, error: nothing }
