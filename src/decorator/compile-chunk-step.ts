import { types } from 'node:util'
import { OptionCheck } from '../domain/check-option.js'
import type { NoParameters, StepContext } from '../domain/step-context.js'
import { stepScope } from '../item/item-source.js'
import { chunk } from '../step/chunk/chunk-step.js'
import type { StepDefinition } from '../step/step-definition.js'
import { stepCall } from './call-scene.js'
import type { ChunkStepParts } from './chunk-step-fit.js'
import { ClassReader } from './class-reader.js'
import { ClassListeners } from './compile-listeners.js'
import { type CompileOptions, type ComponentClass, instanceOf } from './component-resolver.js'

/** What a reader has besides `read`, and what of it is a method. */
const STREAM_METHODS = ['open', 'position', 'complete', 'close'] as const
const RANGED_METHODS = ['openRanges', 'readRange'] as const
const READER_METHODS = ['readChunk', 'itemKey', 'lastKey', ...STREAM_METHODS, ...RANGED_METHODS] as const
const READER_VALUES = ['isBroken', 'connections'] as const
const WRITER_VALUES = ['transactional', 'usesClient', 'pool'] as const

/**
 * The step that a class with `@ChunkStep` is, without a name: for jobs that are built, for partitions, and for tests. The
 * types of a class do not carry the parameters that it reads: name them, `compileStep<{ before: Date }>(…)`, to have them
 * compared with a job's by the compiler. A job that does not declare one of them refuses the step when it is built, with a
 * `DecoratorError`.
 *
 * @throws DecoratorError the class is no chunk step
 * @throws InvalidOptionError an option of `@ChunkStep` cannot work
 */
export function compileStep<P = NoParameters>(
  step: ChunkStepParts | ComponentClass<ChunkStepParts & object>,
  options: CompileOptions = {},
): StepDefinition<P> {
  new OptionCheck('compileStep').object(options, ['resolver'])
  return compileChunkStep(instanceOf(step, options)) as StepDefinition<unknown> as StepDefinition<P>
}

/** The step that an instance is. */
export function compileChunkStep(instance: object): StepDefinition<never> {
  const reader = new ClassReader(instance)
  const { chunkStep, members } = reader.metadata
  if (chunkStep === undefined) reader.fail(undefined, 'is no step: it has no @ChunkStep')
  const [member] = members
  if (member !== undefined) reader.fail(member.method, `is a @${member.kind}, which a class with @ChunkStep has not`)
  const settings = (typeof chunkStep === 'function' ? (chunkStep as (it: object) => object)(instance) : chunkStep) as {
    readonly listeners?: readonly object[]
  }
  const listeners = new ClassListeners(reader)
  const own = listeners.ofStep('', 'chunk')
  const definition = chunk({
    ...settings,
    reader: readerOf(reader),
    processor: processorOf(reader),
    writer: writerOf(reader),
    listeners: [...own, ...(settings.listeners ?? [])],
  } as never)
  listeners.assertAllTold()
  reader.assertAllCalled()
  return checked(definition as StepDefinition<never>, reader)
}

/** The same definition, whose steps compare the parameters of the class with those of each job that they stand in. */
function checked(definition: StepDefinition<never>, reader: ClassReader): StepDefinition<never> {
  const checkParameters = (declared: ReadonlySet<string>): void => reader.checkParameters(declared)
  const named: StepDefinition<never>['named'] = (name, listeners) =>
    Object.assign(definition.named(name, listeners), { checkParameters })
  return { ...definition, named }
}

function readerOf(reader: ClassReader): unknown {
  const method = partOf(reader, 'read', 'reader')
  const bound = reader.bound(method, stepCall(0))
  if (method === 'read' && !types.isGeneratorFunction(reader.member('read'))) {
    return viewOf(reader, { read: bound }, READER_METHODS, READER_VALUES)
  }
  const why = method === 'read' ? 'read is a generator, which restarts by count' : 'the reader is what reader gives'
  refuse(reader, READER_METHODS, why)
  return (context: StepContext) => bound(context)
}

/** Refuses methods that someone has written for the engine, and that it would never call. */
function refuse(reader: ClassReader, methods: readonly string[], why: string): void {
  const useless = methods.find((name) => reader.has(name))
  if (useless !== undefined) reader.fail(useless, `would never be called: ${why}`)
}

function processorOf(reader: ClassReader): unknown {
  if (!reader.has('process') && !reader.has('processor')) return undefined
  const method = partOf(reader, 'process', 'processor')
  return method === 'process' ? reader.bound(method, stepCall(1)) : scoped(reader, method)
}

function writerOf(reader: ClassReader): unknown {
  const method = partOf(reader, 'write', 'writer')
  refuse(reader, ['returnTo'], 'a writer with a place of its own is made by a method writer')
  if (method === 'writer') return scoped(reader, method)
  return viewOf(reader, { write: reader.bound(method, stepCall(1)) }, [], WRITER_VALUES)
}

function scoped(reader: ClassReader, method: string): unknown {
  const bound = reader.bound(method, stepCall(0))
  return stepScope((context: StepContext) => bound(context) as object)
}

/** The one of two methods that the class has. */
function partOf(reader: ClassReader, itself: string, maker: string): string {
  const [isItself, isMaker] = [reader.has(itself), reader.has(maker)]
  if (isItself && isMaker) reader.fail(maker, `is there, and so is ${itself}: one of them is enough`)
  if (!isItself && !isMaker) reader.fail(undefined, `has no method ${itself}, nor one called ${maker} that makes it`)
  return isItself ? itself : maker
}

/** An object with some methods of the instance, and values that are looked up there each time. */
function viewOf(
  reader: ClassReader,
  own: object,
  methods: readonly string[],
  values: readonly string[],
): Readonly<Record<string, unknown>> {
  const called = methods
    .filter((name) => reader.has(name))
    .map((name) => [name, (...args: readonly unknown[]) => reader.call(name, args)] as const)
  const view: Record<string, unknown> = { ...own, ...Object.fromEntries(called) }
  for (const name of values) {
    if (name in reader.instance) Object.defineProperty(view, name, { enumerable: true, get: () => reader.member(name) })
  }
  return view
}
