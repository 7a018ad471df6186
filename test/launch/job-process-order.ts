/** What a process of job-process.ts is to do. */
export interface JobProcessOrder {
  readonly url: string
  /** What its step does: kill its process; end when it is stopped; ask, when it is stopped; never end. */
  readonly step: 'dies' | 'polite' | 'asks' | 'stubborn'
  readonly handleSignals?: boolean
  /** Shut down within so many milliseconds on SIGTERM, in a handler of its own. */
  readonly grace?: number
}
