import type { ParameterDescription } from '../domain/describe-parameters.js'
import type { StepDescription } from '../step/step-description.js'

/** A job as data: what it asks for, what stands in it, and where it goes from there. */
export interface JobDescription {
  readonly name: string
  /** In the order in which they were declared; what is secret is masked. */
  readonly parameters: readonly ParameterDescription[]
  /** The name of the node where it begins. */
  readonly start: string
  /** Everything that stands in it, what is inside a flow after the flow. */
  readonly nodes: readonly NodeDescription[]
  /** The most specific of a node first, its `next` last. */
  readonly transitions: readonly TransitionDescription[]
  /** The same as the text of a Mermaid flowchart. */
  readonly mermaid: string
}

/** What stands in a job: a step of some kind, a decision, a split, or a flow. */
export interface NodeDescription extends StepDescription {
  readonly name: string
  /** The flow that it stands in; left out for the job's own line. */
  readonly in?: string
  /** For a flow, or a step made of one: where that begins. */
  readonly start?: string
  /** For a split: its flows. */
  readonly flows?: readonly string[]
}

/** Where a job goes on. */
export interface TransitionDescription {
  readonly from: string
  /** The pattern of exit codes; left out for `next`. */
  readonly on?: string
  /** The next node; left out where the flow ends. */
  readonly to?: string
  /** How the flow ends. */
  readonly end?: 'COMPLETED' | 'FAILED' | 'STOPPED'
  readonly exitCode?: string
  /** Where a restart begins after a stop. */
  readonly restartAt?: string
}
