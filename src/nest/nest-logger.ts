import { Logger as NestLogger } from '@nestjs/common'
import { showFields } from '../support/console-logger.js'
import type { LogMethod, Logger } from '../support/logger.js'

/** Writes to Nest's logger: one line of text an event, and the stack of a logged error beside it. */
export function nestLogger(): Logger {
  const nest = new NestLogger('Chunkwise')
  return {
    debug: method((line) => nest.debug(line)),
    info: method((line) => nest.log(line)),
    warn: method((line) => nest.warn(line)),
    error: method((line, stack) => (stack === undefined ? nest.error(line) : nest.error(line, stack))),
  }
}

function method(write: (line: string, stack: string | undefined) => void): LogMethod {
  return (fieldsOrMessage: object | string, message?: string) => {
    if (typeof fieldsOrMessage === 'string') return write(fieldsOrMessage, undefined)
    const { error } = fieldsOrMessage as { readonly error?: unknown }
    return write(`${message ?? ''} ${showFields(fieldsOrMessage)}`, error instanceof Error ? error.stack : undefined)
  }
}
