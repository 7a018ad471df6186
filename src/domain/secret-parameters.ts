import { types } from 'node:util'
import type { JobParameters } from './job-parameters.js'

/** What stands for a secret's value wherever one would be shown. */
export const MASK = '***'

/** What may be stored and shown of parameters: all but the secrets. */
export function withoutSecrets(parameters: JobParameters): JobParameters {
  return new Map([...parameters].filter(([, { secret }]) => secret !== true))
}

/** A text of somebody else's, a validator's say, with the secret values that are found in it masked. */
export function hideSecrets(text: string, secrets: readonly unknown[]): string {
  const spellings = secrets.flatMap(spelled).filter((spelling) => spelling !== '')
  // The longest first: one secret may be a part of another.
  return spellings.sort((a, b) => b.length - a.length).reduce((rest, one) => rest.replaceAll(one, MASK), text)
}

function spelled(value: unknown): readonly string[] {
  if (types.isDate(value)) return Number.isNaN(value.getTime()) ? [] : [value.toISOString(), String(value)]
  const text = String(value)
  return [text, JSON.stringify(text).slice(1, -1)]
}
