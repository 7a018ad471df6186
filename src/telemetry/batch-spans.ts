import { type Attributes, context, type Span, SpanStatusCode, trace, type Tracer } from '@opentelemetry/api'
import type { BatchStatus } from '../domain/batch-status.js'
import type { ChunkTrace, JobTrace, StepTrace } from '../listener/traces.js'
import type { Trace } from '../support/traced.js'
import type { Told } from './told.js'

/** Spans of jobs, steps and chunks, each in that of what it belongs to. */
export class BatchSpans {
  readonly #tracer: Tracer
  readonly #spans = new WeakMap<Trace, Span>()

  constructor(tracer: Tracer) {
    this.#tracer = tracer
  }

  readonly jobs: Told<JobTrace> = {
    start: (message) => {
      const { jobName, id, jobInstance } = message.jobExecution
      const ids = { 'batch.job.instance_id': jobInstance.id, 'batch.job.execution_id': id }
      this.#start(message, message.startedBy, `job ${jobName}`, { 'batch.job.name': jobName, ...ids })
    },
    asyncEnd: (message) => this.#end(message, message.jobExecution.status, {}),
  }

  readonly steps: Told<StepTrace> = {
    start: (message) => {
      const { stepName, partition, stepExecution } = message
      const attributes = {
        'batch.job.name': message.job.jobExecution.jobName,
        'batch.step.name': stepName,
        'batch.step.execution_id': stepExecution.id,
        ...(partition === undefined ? {} : { 'batch.step.partition': partition }),
      }
      const kind = partition === undefined ? 'step' : 'partition'
      this.#start(message, message.inside ?? message.job, `${kind} ${stepName}`, attributes)
    },
    asyncEnd: (message) => {
      const { status, counts, guarantee } = message.stepExecution
      const named = Object.entries(counts).map(
        ([name, count]) => [`batch.step.${snakeCase(name)}_count`, count] as const,
      )
      const stated = guarantee === undefined ? {} : { 'batch.step.guarantee': guarantee }
      this.#end(message, status, { ...Object.fromEntries(named), ...stated })
    },
  }

  readonly chunks: Told<ChunkTrace> = {
    start: (message) => {
      const { step, index, size } = message
      const attributes = { 'batch.step.name': step.stepName, 'batch.chunk.index': index, 'batch.chunk.size': size }
      this.#start(message, step, `chunk ${step.stepName}`, attributes)
    },
    asyncEnd: (message) => {
      const { outcome = 'dropped' } = message
      this.#end(message, outcome === 'failed' ? 'FAILED' : undefined, { 'batch.chunk.outcome': outcome })
    },
  }

  /** Without a span of what it belongs to, as that of a job that has begun before, it is in the active one. */
  #start(message: Trace, parent: Trace | undefined, name: string, attributes: Attributes): void {
    const active = context.active()
    const parentSpan = parent && this.#spans.get(parent)
    const around = parentSpan === undefined ? active : trace.setSpan(active, parentSpan)
    const span = this.#tracer.startSpan(name, { attributes }, around)
    this.#spans.set(message, span)
    const own = trace.setSpan(around, span)
    const { within } = message
    message.within = (work) => context.with(own, () => (within === undefined ? work() : within(work)))
  }

  #end(message: Trace, status: BatchStatus | undefined, attributes: Attributes): void {
    const span = this.#spans.get(message)
    if (span === undefined) return
    span.setAttributes(status === undefined ? attributes : { 'batch.status': status, ...attributes })
    if (status === 'FAILED' || status === 'UNKNOWN') {
      const { error } = message
      if (error instanceof Error) span.recordException(error)
      span.setStatus({ code: SpanStatusCode.ERROR, ...(error instanceof Error ? { message: error.message } : {}) })
    }
    span.end()
  }
}

function snakeCase(name: string): string {
  return name.replaceAll(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`)
}
