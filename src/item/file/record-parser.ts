/** The text does not have the end of the record. */
export const INCOMPLETE = -1

/** Finds records and their fields in a text. */
export interface RecordParser {
  /** The fields of the last record; only the first `count` of them. */
  readonly fields: readonly string[]
  readonly count: number
  /** Where in the text each of them begins. */
  readonly starts: readonly number[]
  /** Which of them stood in quotes; `undefined` when none did. */
  readonly quoted: readonly boolean[] | undefined
  /** How many lines the record, or what was left out, took. */
  readonly lines: number
  /** Takes another text; `final`: nothing follows it. */
  load(text: string, final: boolean): void
  /**
   * Reads the record that begins at `at`, which is not the end of the text. Returns the index behind it and its line
   * break, or {@link INCOMPLETE}. A blank line and a comment are no records: `count` is 0 then. Throws {@link BadRecord}.
   */
  parse(at: number): number
  /** The index behind the line that begins at `at`, whatever it holds, or {@link INCOMPLETE}. Sets `lines`. */
  skipLine(at: number): number
}

/** A record cannot be read: what is wrong, and where in the text. Only for those who call a parser. */
export class BadRecord extends Error {
  readonly at: number
  /** The name of the column, where it is a field that is wrong. */
  readonly field: string | undefined

  constructor(reason: string, at: number, field?: string, cause?: unknown) {
    super(reason, cause === undefined ? undefined : { cause })
    this.at = at
    this.field = field
  }
}
