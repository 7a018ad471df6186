import { createHash } from 'node:crypto'
import { javaTypeOf, parameterToText } from './java-parameter.js'
import { javaDate } from './java-text.js'
import type { JobParameter, JobParameters } from './job-parameters.js'

/**
 * The key that tells instances of a job apart: 32 hexadecimal digits, the MD5 of {@link identifyingText}. Spring Batch 6
 * makes the same key of the same parameters.
 */
export function jobKey(parameters: JobParameters): string {
  return createHash('md5').update(identifyingText(parameters), 'utf8').digest('hex')
}

/**
 * The identifying parameters as one text, sorted by name. A stored instance that was found by its key is
 * the right one when this text is the same for its stored parameters.
 */
export function identifyingText(parameters: JobParameters): string {
  return [...parameters]
    .filter(([, { identifying, secret }]) => identifying && secret !== true)
    .sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0))
    .map(([name, parameter]) => render(name, parameter))
    .join('')
}

function render(name: string, parameter: JobParameter): string {
  return `JobParameter{name='${name}', value=${valueText(parameter)}, type=class ${javaTypeOf(parameter)}, identifying=true}`
}

/** As Java's `toString` has it, which is not in every case what is stored. */
function valueText(parameter: JobParameter): string {
  switch (parameter.type) {
    case 'date':
      return javaDate(parameter.value as Date)
    case 'localTime':
    case 'localDateTime':
      return String(parameter.value)
    default:
      return parameterToText(parameter)
  }
}
