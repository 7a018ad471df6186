import { type Meter, metrics, trace, type Tracer } from '@opentelemetry/api'
import { OptionCheck } from '../domain/check-option.js'
import { chunkChannel, jobChannel, stepChannel } from '../listener/traces.js'
import { type Clock, systemClock } from '../support/clock.js'
import { BatchMetrics } from './batch-metrics.js'
import { BatchSpans } from './batch-spans.js'
import type { Told } from './told.js'

/** Options of {@link instrument}. */
export interface InstrumentationOptions {
  /** Makes the spans. Default: `trace.getTracer('chunkwise')`, that of the SDK which the host has registered. */
  readonly tracer?: Tracer
  /** Makes the metrics. Default: `metrics.getMeter('chunkwise')`, that of the SDK which the host has registered. */
  readonly meter?: Meter
  /** Whether each chunk has a span. A job of a million chunks has a million then. Default true. */
  readonly chunkSpans?: boolean
  /** The clock that durations of metrics are measured by. Default: the system's; tests give a manual one. */
  readonly clock?: Clock
}

/** An instrumentation that is at work. */
export interface Instrumentation extends Disposable {
  /** Ends it: there are no more spans and metrics, and the spans of what runs just now are lost. A second call does nothing. */
  disable(): void
}

/**
 * Makes OpenTelemetry spans and metrics of all jobs that this process runs from now on. Call it once, after the SDK is set
 * up. It needs the package `@opentelemetry/api`.
 *
 * Spans: `job <name>`, in it `step <name>`, in it `chunk <name>`; a partition is a `partition <name>` in its step, a job that
 * a step starts is in that step, and a job is in the span that was active when it was started. While a job, a step or a
 * chunk is at work its span is the active one, so that those of drivers and clients come inside it.
 *
 * Metrics: `batch.job.duration`, `batch.job.active`, `batch.job.last_success`, `batch.step.items`, `batch.chunk.duration`.
 * Their attributes are names and statuses, never ids or names of partitions.
 *
 * @example
 * ```ts
 * import { instrument } from 'chunkwise/opentelemetry'
 *
 * const instrumentation = instrument()
 * // And when the host ends:
 * instrumentation.disable()
 * ```
 *
 * @throws InvalidOptionError
 */
export function instrument(options: InstrumentationOptions = {}): Instrumentation {
  const check = new OptionCheck('instrument')
  check.object(options, ['tracer', 'meter', 'chunkSpans', 'clock'])
  const { tracer = trace.getTracer('chunkwise'), meter = metrics.getMeter('chunkwise'), clock = systemClock } = options
  check.methods('tracer', tracer, ['startSpan'], 'a tracer of OpenTelemetry')
  check.methods('meter', meter, ['createHistogram', 'createCounter'], 'a meter of OpenTelemetry')
  const chunkSpans = check.boolean('chunkSpans', options.chunkSpans ?? true)
  check.methods('clock', clock, ['now', 'monotonic', 'after'], 'a Clock')
  const spans = new BatchSpans(tracer)
  const counted = new BatchMetrics(meter, clock)
  const subscriptions = [
    subscription(jobChannel, spans.jobs, counted.jobs),
    subscription(stepChannel, spans.steps, counted.steps),
    subscription(chunkChannel, chunkSpans ? spans.chunks : {}, counted.chunks),
  ]
  const disable = (): void => {
    for (const end of subscriptions.splice(0)) end()
    counted.disable()
  }
  return { disable, [Symbol.dispose]: disable }
}

interface Subscribable<T extends object> {
  subscribe(told: {
    start(message: T): void
    asyncEnd(message: T): void
    end(): void
    asyncStart(): void
    error(): void
  }): void
  unsubscribe(told: object): void
}

/** Subscribes; what it returns unsubscribes. */
function subscription<T extends object>(channel: Subscribable<T>, ...all: readonly Told<T>[]): () => void {
  const nothing = (): void => undefined
  const told = {
    start: (message: T) => all.forEach(({ start }) => start?.(message)),
    asyncEnd: (message: T) => all.forEach(({ asyncEnd }) => asyncEnd?.(message)),
    ...{ end: nothing, asyncStart: nothing, error: nothing },
  }
  channel.subscribe(told)
  return () => channel.unsubscribe(told)
}
