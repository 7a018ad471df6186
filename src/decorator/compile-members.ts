import { OptionCheck } from '../domain/check-option.js'
import { decision } from '../job/flow/decision.js'
import { type FlowElement, isStep, kindOf } from '../job/flow/flow.js'
import type { StepDefinition } from '../step/step-definition.js'
import { tasklet } from '../step/tasklet/tasklet-step.js'
import { quote } from '../support/quote.js'
import { DECISION_CALL, stepCall } from './call-scene.js'
import type { AnyClass, Member } from './class-metadata.js'
import type { ClassReader } from './class-reader.js'
import { compileChunkStep } from './compile-chunk-step.js'
import type { ClassListeners } from './compile-listeners.js'
import { type CompileOptions, instanceOf } from './component-resolver.js'
import { DecoratorError } from './decorator-error.js'
import { metadataOf } from './metadata.js'
import { TRANSITION_OPTIONS } from './transitions.js'

/** A method that stands in the job, and what it is there. */
export interface CompiledMember {
  readonly member: Member
  readonly element: FlowElement
}

/** Makes what stands in a job of the methods of its class. */
export class MemberCompiler {
  readonly #reader: ClassReader
  readonly #listeners: ClassListeners
  readonly #options: CompileOptions

  constructor(reader: ClassReader, listeners: ClassListeners, options: CompileOptions) {
    this.#reader = reader
    this.#listeners = listeners
    this.#options = options
  }

  /** In the order of the class. */
  compileAll(): readonly CompiledMember[] {
    return this.#reader.metadata.members.map((member) => ({ member, element: this.#locate(member) }))
  }

  /** What cannot work is found by those who make steps, which know nothing of the class: it is added here. */
  #locate(member: Member): FlowElement {
    try {
      return this.#compile(member)
    } catch (error) {
      if (error instanceof DecoratorError) throw error
      const problem = error instanceof Error ? error.message : `threw ${quote(error)}`
      throw new DecoratorError(this.#reader.className, member.method, problem, { cause: error })
    }
  }

  #compile({ kind, method, transitions, options }: Member): FlowElement {
    if (kind !== 'Tasklet') new OptionCheck(`@${kind}`).object({ ...transitions, ...options }, TRANSITION_OPTIONS)
    if (kind === 'Decision') return decision(method, this.#reader.bound(method, DECISION_CALL) as () => string)
    if (kind === 'Step') return this.#step(method)
    const bound = this.#reader.bound(method, stepCall(0)) as () => void
    return this.#named(tasklet(bound, options), method)
  }

  #step(method: string): FlowElement {
    const given = this.#reader.call(method, [])
    if (isDefinition(given)) return this.#named(given, method)
    if (isElement(given)) return this.#ready(given, method)
    if (!isChunkStep(given)) {
      const expected = 'such as chunk({ … }), tasklet(…), partition({ … }), or an instance of a class with @ChunkStep'
      return this.#reader.fail(method, `must return what the step is, ${expected}, but gave ${quote(given)}`)
    }
    return this.#named(compileChunkStep(instanceOf(given, this.#options)), method)
  }

  #named(definition: StepDefinition<never>, method: string): FlowElement {
    return definition.named(method, this.#listeners.ofStep(method, definition.kind))
  }

  #ready(element: FlowElement, method: string): FlowElement {
    if (element.name === method) return element
    return this.#reader.fail(method, `returns something named ${quote(element.name)}: it must have the method's name`)
  }
}

function isDefinition(given: unknown): given is StepDefinition<never> {
  const { named, kind } = (given ?? {}) as Partial<StepDefinition<never>>
  return typeof named === 'function' && typeof kind === 'string'
}

function isElement(given: unknown): given is FlowElement {
  if (typeof given !== 'object' || given === null) return false
  const element = given as FlowElement
  return typeof element.name === 'string' && (isStep(element) || kindOf(element) !== undefined)
}

function isChunkStep(given: unknown): boolean {
  if ((typeof given !== 'object' && typeof given !== 'function') || given === null) return false
  const type = (typeof given === 'function' ? given : given.constructor) as AnyClass | undefined
  return typeof type === 'function' && metadataOf(type).chunkStep !== undefined
}
