import type { Pause, Work } from './work.js'

/** An execution, as the library has stored it or has answered. */
export interface Run {
  readonly id: string
  readonly status: string
  /** Of all steps and partitions, in the order in which they began where the library knows it. */
  readonly steps: readonly StepRun[]
}

/** A step of an execution. */
export interface StepRun {
  readonly name: string
  readonly status: string
  readonly read: number
  readonly written: number
  readonly skipped: number
  /** Missing where the library does not count it. */
  readonly filtered?: number
}

/** A library, in a process of its own, with one job: what a driver makes. */
export interface Engine {
  /** Starts the job with its parameters, always the same, and waits for its end. Rejects when it is refused. */
  launch(): Promise<Run>
  /** Starts an execution that has failed or was stopped again, as the library says to. */
  restart(execution: string): Promise<Run>
  /** Asks an execution to stop; resolves when the library says that this is done. */
  stop(execution: string): Promise<void>
  /** What is stored, the latest last. */
  executions(): Promise<readonly Run[]>
  /** How many items were read, as often as this process was told while `copy` ran. */
  heard(): readonly number[]
  /**
   * What a person or a host can do where an execution is taken for running though its process is dead, by name; first
   * what the documentation names.
   */
  readonly remedies: Readonly<Record<string, (execution: string) => Promise<Run>>>
}

/** What the module of a driver exports: it makes the library ready on a database that has `source` and `target`. */
export type OpenEngine = (work: Work, databaseUrl: string, pause: Pause) => Promise<Engine>
