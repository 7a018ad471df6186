/** Parameters for a job given by name: the compiler cannot check them, the job's declaration does at the start. */
export type AnyParameters = Readonly<Record<string, unknown>>

/** The parameters argument: may be left out when the job needs none, and is empty when it has none. */
export type Given<I> = [keyof I] extends [never]
  ? [parameters?: Readonly<Record<string, never>>]
  : Record<never, never> extends I
    ? [parameters?: I]
    : [parameters: I]

/** Options of `JobOperator.restart`. */
export interface RestartOptions {
  /** Run also a step that has killed its process as often as the job's `maxCrashes` says. Default false. */
  readonly ignoreCrashes?: boolean
  /**
   * Parameters besides those that are stored: secrets, which are not, and others that do not tell instances apart, which
   * replace what is stored. One that tells instances apart may only be given as it is. Default: none.
   */
  readonly parameters?: AnyParameters
}
