import { BatchError } from '../../domain/batch-error.js'
import { quote } from '../../support/quote.js'
import type { KeyValues } from './key-position.js'

/**
 * Two rows have the same sort keys, as the database compares them. A reader that pages by these keys could lose one of
 * them, so it stops instead.
 */
export class SortKeyTieError extends BatchError {
  static readonly code = 'BATCH_SORT_KEY_TIE'
  readonly sortKeys: readonly string[]
  /** The values that two rows share, as the server's text. */
  readonly values: KeyValues

  constructor(owner: string, sortKeys: readonly string[], values: KeyValues) {
    const shared = sortKeys.map((key, index) => `${key} = ${quote(values[index])}`).join(', ')
    super(`${owner} found two rows with ${shared}: add columns to \`sortKeys\` until they identify a row`)
    this.sortKeys = sortKeys
    this.values = values
  }
}

/** A row has NULL in a sort key. NULL is neither before nor behind any value: such rows would be lost. */
export class SortKeyNullError extends BatchError {
  static readonly code = 'BATCH_SORT_KEY_NULL'
  readonly sortKey: string

  constructor(owner: string, sortKey: string) {
    super(
      `${owner} found a row whose sort key ${quote(sortKey)} is NULL: ` +
        'leave such rows out with `where`, sort by another column, or select coalesce(…) under that name',
    )
    this.sortKey = sortKey
  }
}

/** A session setting makes the text of sort keys lose something, so that no place can be kept by them. */
export class LossySettingError extends BatchError {
  static readonly code = 'BATCH_LOSSY_SETTING'
  /** As `name = value`. */
  readonly setting: string

  constructor(owner: string, setting: string, remedy: string) {
    super(`${owner} cannot keep its place by these sort keys while the session has ${setting}: ${remedy}`)
    this.setting = setting
  }
}
