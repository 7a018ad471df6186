import type { LogMethod, Logger } from './logger.js'

/** The levels of {@link consoleLogger}, from the most to the least. */
export type LogLevel = 'debug' | 'info' | 'warn' | 'error'

const LEVELS: readonly LogLevel[] = ['debug', 'info', 'warn', 'error']

/**
 * A logger for scripts and first steps: one line an event, `level message {fields}`, warnings and errors on standard
 * error. Services hand in their pino logger instead.
 */
export function consoleLogger(
  options: {
    /** The least that is written. Default `'info'`. */
    readonly level?: LogLevel
  } = {},
): Logger {
  const least = LEVELS.indexOf(options.level ?? 'info')
  const method = (level: LogLevel): LogMethod => {
    if (LEVELS.indexOf(level) < least) return () => {}
    return (fieldsOrMessage: object | string, message?: string) => {
      const text =
        typeof fieldsOrMessage === 'string' ? fieldsOrMessage : `${message ?? ''} ${showFields(fieldsOrMessage)}`
      const line = `${level} ${text}`
      if (level === 'warn' || level === 'error') console.error(line)
      else console.log(line)
    }
  }
  return { debug: method('debug'), info: method('info'), warn: method('warn'), error: method('error') }
}

/** The fields of a log line as text: errors by name and message. */
export function showFields(fields: object): string {
  return JSON.stringify(fields, (_key, value: unknown) => {
    if (value instanceof Error) return `${value.name}: ${value.message}`
    return typeof value === 'bigint' ? value.toString() : value
  })
}
