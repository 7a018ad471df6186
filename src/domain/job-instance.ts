/** A job together with its identifying parameters: what is run until it is complete, and then never again. */
export interface JobInstance {
  readonly id: number
  readonly jobName: string
  /** The MD5 of the identifying parameters, as Spring Batch 6 computes it. */
  readonly jobKey: string
}
