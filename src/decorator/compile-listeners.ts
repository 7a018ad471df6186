import type { JobListener } from '../listener/job-listener.js'
import type { ChunkStepListener } from '../listener/step-listener.js'
import type { DefinitionKind } from '../step/step-definition.js'
import { EVENT_CALLS, REMEMBER_BEGUN } from './call-scene.js'
import type { EventName, ListenerMember } from './class-metadata.js'
import type { ClassReader } from './class-reader.js'

const JOB_EVENTS: readonly EventName[] = ['beforeJob', 'afterJob']
const ALL_STEPS: readonly EventName[] = ['beforeStep', 'afterStep']

/** Whether a step of this kind has an event. */
function hasEvent(kind: DefinitionKind, event: EventName): boolean {
  if (JOB_EVENTS.includes(event)) return false
  if (kind === 'chunk' || ALL_STEPS.includes(event)) return true
  return kind === 'tasklet' && event === 'onRetry'
}

/** The listeners among the methods of a class. Each must be told of something. */
export class ClassListeners {
  readonly #reader: ClassReader
  readonly #bound: ReadonlyMap<ListenerMember, object>
  readonly #told = new Map<ListenerMember, Set<string>>()

  /** @throws DecoratorError a parameter cannot be had in a listener */
  constructor(reader: ClassReader) {
    this.#reader = reader
    this.#bound = new Map(
      reader.metadata.listeners.map((one) => [one, { [one.event]: reader.bound(one.method, EVENT_CALLS[one.event]) }]),
    )
  }

  /** Those of the job. */
  ofJob(): readonly JobListener[] {
    const found = this.#reader.metadata.listeners.filter(({ event }) => JOB_EVENTS.includes(event))
    return found.map((one) => this.#tell(one, ''))
  }

  /** Those of a step that `method` names. */
  ofStep(method: string, kind: DefinitionKind): readonly ChunkStepListener[] {
    const found = this.#reader.metadata.listeners.filter(
      ({ event, steps }) => hasEvent(kind, event) && (steps === undefined || steps.includes(method)),
    )
    if (found.length === 0) return []
    // The outermost, so that it is told even where another one throws.
    return [REMEMBER_BEGUN, ...found.map((one) => this.#tell(one, method))]
  }

  /** Throws for a listener that is told of nothing, or not of a step that it names. */
  assertAllTold(): void {
    for (const one of this.#reader.metadata.listeners) {
      const told = this.#told.get(one)
      const missed = one.steps?.find((step) => told?.has(step) !== true)
      if (missed !== undefined) {
        const problem = `is told of ${one.event} of the step "${missed}", but the class itself defines no such step`
        this.#reader.fail(one.method, `${problem} that has this event`)
      }
      if (told === undefined) this.#reader.fail(one.method, `is told of ${one.event}, which nothing here has`)
    }
  }

  #tell(one: ListenerMember, step: string): object {
    const told = this.#told.get(one) ?? new Set()
    this.#told.set(one, told.add(step))
    return this.#bound.get(one) as object
  }
}
