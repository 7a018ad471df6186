import { AsyncLocalStorage } from 'node:async_hooks'
import { type Context, context, type ContextManager, ROOT_CONTEXT } from '@opentelemetry/api'
import {
  AggregationTemporality,
  InMemoryMetricExporter,
  MeterProvider,
  PeriodicExportingMetricReader,
} from '@opentelemetry/sdk-metrics'
import {
  BasicTracerProvider,
  InMemorySpanExporter,
  type ReadableSpan,
  SimpleSpanProcessor,
} from '@opentelemetry/sdk-trace-base'
import { instrument, type Instrumentation, type InstrumentationOptions } from 'chunkwise/opentelemetry'

/** What the metrics are at one time: `name{attributes}` to a sum, a last value, or the sum of a histogram. */
export type Points = Readonly<Record<string, number>>

/** The real SDK with exporters in memory, and an instrumentation on it. */
export class Sdk implements AsyncDisposable {
  readonly tracerProvider: BasicTracerProvider
  readonly #spans = new InMemorySpanExporter()
  readonly #metrics = new InMemoryMetricExporter(AggregationTemporality.CUMULATIVE)
  readonly #reader = new PeriodicExportingMetricReader({ exporter: this.#metrics, exportIntervalMillis: 3_600_000 })
  readonly #meterProvider = new MeterProvider({ readers: [this.#reader] })
  readonly instrumentation: Instrumentation

  constructor(options: InstrumentationOptions = {}) {
    context.setGlobalContextManager(new StorageContextManager())
    this.tracerProvider = new BasicTracerProvider({ spanProcessors: [new SimpleSpanProcessor(this.#spans)] })
    const tracer = this.tracerProvider.getTracer('test')
    this.instrumentation = instrument({ tracer, meter: this.#meterProvider.getMeter('test'), ...options })
  }

  /** The spans that have ended, in this order. */
  get spans(): readonly ReadableSpan[] {
    return this.#spans.getFinishedSpans()
  }

  /** The names of a span and of all that it is in, from the outermost on. */
  pathOf(span: ReadableSpan): string {
    const parent = this.spans.find((other) => other.spanContext().spanId === span.parentSpanContext?.spanId)
    return parent === undefined ? span.name : `${this.pathOf(parent)} > ${span.name}`
  }

  async points(): Promise<Points> {
    this.#metrics.reset()
    await this.#reader.forceFlush()
    const metrics = this.#metrics
      .getMetrics()
      .flatMap(({ scopeMetrics }) => scopeMetrics.flatMap((scope) => scope.metrics))
    const points = metrics.flatMap(({ descriptor, dataPoints }) =>
      dataPoints.map(({ attributes, value }) => {
        const labels = Object.entries(attributes).map(([name, label]) => `${name}=${String(label)}`)
        return [
          `${descriptor.name}{${labels.join(',')}}`,
          typeof value === 'number' ? value : (value.sum ?? NaN),
        ] as const
      }),
    )
    return Object.fromEntries(points)
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.instrumentation[Symbol.dispose]()
    context.disable()
    await this.tracerProvider.shutdown()
    await this.#meterProvider.shutdown()
  }
}

/** What the SDK's package for Node has: the active context in an AsyncLocalStorage. */
class StorageContextManager implements ContextManager {
  readonly #storage = new AsyncLocalStorage<Context>()

  active(): Context {
    return this.#storage.getStore() ?? ROOT_CONTEXT
  }

  with<A extends unknown[], F extends (...args: A) => ReturnType<F>>(
    given: Context,
    work: F,
    thisArg?: ThisParameterType<F>,
    ...args: A
  ): ReturnType<F> {
    return this.#storage.run(given, () => work.call(thisArg as never, ...args))
  }

  bind<T>(_context: Context, target: T): T {
    return target
  }

  enable(): this {
    return this
  }

  disable(): this {
    this.#storage.disable()
    return this
  }
}
