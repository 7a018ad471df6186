import type { FlowSpec } from './graph-spec.js'
import type { Death } from './graph-trial.js'

/** What a process of graph-process.ts is to do. */
export interface GraphOrder {
  readonly url: string
  readonly graph: FlowSpec
  readonly jobName: string
  readonly calls: readonly (readonly [name: string, calls: number])[]
  /** In which of its nodes it dies. */
  readonly death: Death
}
