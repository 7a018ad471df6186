import type { Counter, Histogram, Meter, ObservableCallback, ObservableGauge, UpDownCounter } from '@opentelemetry/api'
import { NO_COUNTS, type StepCounts } from '../domain/step-counts.js'
import type { ChunkTrace, JobTrace, StepTrace } from '../listener/traces.js'
import type { Clock } from '../support/clock.js'
import type { Told } from './told.js'

/** Bounds of durations, in seconds: a chunk takes milliseconds, a job may take days. */
const JOB_BOUNDS = [1, 5, 15, 60, 300, 900, 3_600, 10_800, 43_200, 86_400]
const CHUNK_BOUNDS = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 60]

/** Metrics of jobs, steps and chunks. */
export class BatchMetrics {
  readonly #clock: Clock
  readonly #jobDuration: Histogram
  readonly #chunkDuration: Histogram
  readonly #items: Counter
  readonly #active: UpDownCounter
  readonly #lastSuccess: ObservableGauge
  /** By job, in seconds since the epoch. */
  readonly #successes = new Map<string, number>()
  readonly #begun = new WeakMap<object, number>()
  /** What was counted of each step execution. */
  readonly #counted = new WeakMap<object, StepCounts>()
  readonly #observe: ObservableCallback = (result) => {
    for (const [job, time] of this.#successes) result.observe(time, { job })
  }

  constructor(meter: Meter, clock: Clock) {
    this.#clock = clock
    this.#jobDuration = meter.createHistogram('batch.job.duration', {
      description: 'How long executions of jobs took.',
      unit: 's',
      advice: { explicitBucketBoundaries: JOB_BOUNDS },
    })
    this.#chunkDuration = meter.createHistogram('batch.chunk.duration', {
      description: 'How long chunks took from when they were read until they were committed.',
      unit: 's',
      advice: { explicitBucketBoundaries: CHUNK_BOUNDS },
    })
    this.#items = meter.createCounter('batch.step.items', {
      description: 'Items of committed chunks, by what has become of them in each phase.',
      unit: '{item}',
    })
    this.#active = meter.createUpDownCounter('batch.job.active', {
      description: 'Executions of jobs that run in this process.',
      unit: '{execution}',
    })
    this.#lastSuccess = meter.createObservableGauge('batch.job.last_success', {
      description: 'When an execution of a job has COMPLETED last in this process, in seconds since 1970.',
      unit: 's',
    })
    this.#lastSuccess.addCallback(this.#observe)
  }

  readonly jobs: Told<JobTrace> = {
    start: (message) => {
      this.#begin(message)
      this.#active.add(1, jobAttributes(message))
    },
    asyncEnd: (message) => {
      const seconds = this.#secondsOf(message)
      // Not told of its beginning.
      if (seconds === undefined) return
      const { jobName, status } = message.jobExecution
      this.#active.add(-1, jobAttributes(message))
      this.#jobDuration.record(seconds, { ...jobAttributes(message), status })
      if (status === 'COMPLETED') this.#successes.set(jobName, Math.round(this.#clock.now() / 1_000))
    },
  }

  readonly steps: Told<StepTrace> = { asyncEnd: (message) => this.#count(message) }

  readonly chunks: Told<ChunkTrace> = {
    start: (message) => this.#begin(message),
    asyncEnd: (message) => {
      const { step, outcome = 'dropped' } = message
      this.#count(step)
      const seconds = this.#secondsOf(message)
      if (seconds === undefined || outcome === 'dropped') return
      this.#chunkDuration.record(seconds, { ...stepAttributes(step), outcome })
    },
  }

  disable(): void {
    this.#lastSuccess.removeCallback(this.#observe)
  }

  #begin(message: object): void {
    this.#begun.set(message, this.#clock.monotonic())
  }

  #secondsOf(message: object): number | undefined {
    const begun = this.#begun.get(message)
    return begun === undefined ? undefined : (this.#clock.monotonic() - begun) / 1_000
  }

  /** Adds what has been counted since. The counts of a partitioned step are those of its partitions, which count themselves. */
  #count(step: StepTrace): void {
    if (step.partitioned) return
    const { counts } = step.stepExecution
    const before = this.#counted.get(step.stepExecution) ?? NO_COUNTS
    this.#counted.set(step.stepExecution, counts)
    const attributes = stepAttributes(step)
    const [now, then] = [outcomes(counts), outcomes(before)]
    for (const [index, { phase, outcome, items }] of now.entries()) {
      const more = items - (then[index]?.items ?? 0)
      if (more > 0) this.#items.add(more, { ...attributes, phase, outcome })
    }
  }
}

/** What has become of the items of a step in each phase. */
function outcomes(counts: StepCounts): readonly { phase: string; outcome: string; items: number }[] {
  const { read, readSkip, write, filter, processSkip, writeSkip } = counts
  return [
    { phase: 'read', outcome: 'ok', items: read },
    { phase: 'read', outcome: 'skipped', items: readSkip },
    { phase: 'process', outcome: 'ok', items: read - filter - processSkip },
    { phase: 'process', outcome: 'filtered', items: filter },
    { phase: 'process', outcome: 'skipped', items: processSkip },
    { phase: 'write', outcome: 'ok', items: write },
    { phase: 'write', outcome: 'skipped', items: writeSkip },
  ]
}

function jobAttributes({ jobExecution }: JobTrace): { job: string } {
  return { job: jobExecution.jobName }
}

function stepAttributes({ job, stepName }: StepTrace): { job: string; step: string } {
  return { ...jobAttributes(job), step: stepName }
}
