import type { ListenerEvents } from '../listener/listener.js'
import type { Transitions } from './transitions.js'

/** Any class, abstract ones too. */
export type AnyClass = abstract new (...args: never) => object

/** The name of an event that listeners are told of. */
export type EventName = keyof ListenerEvents

/** The decorators of methods that stand in the job. */
export type MemberKind = 'Step' | 'Tasklet' | 'Decision'

/** A method that stands in the job. */
export interface Member {
  readonly kind: MemberKind
  readonly method: string
  readonly transitions: Transitions
  /** What the decorator was given besides transitions: the options of a tasklet. */
  readonly options: object
  /** The class that declares it. */
  readonly declaredBy: AnyClass
}

/** A method that is told of an event. */
export interface ListenerMember {
  readonly event: EventName
  readonly method: string
  /** The steps it is told of; `undefined` for all. */
  readonly steps: readonly string[] | undefined
  readonly declaredBy: AnyClass
}

/** The decorators of parameters. */
export type InjectionKind = 'JobParam' | 'JobContextValue' | 'StepContextValue'

/** A parameter of a method that is not handed over by the caller. */
export interface Injection {
  readonly kind: InjectionKind
  readonly method: string
  /** The place of the parameter, from 0. */
  readonly index: number
  /** The parameter of the job, or the key of the context. */
  readonly name: string
  /** What turns the value into what the parameter wants. */
  readonly convert: ((value: never) => unknown) | undefined
  readonly declaredBy: AnyClass
}

/** Something that is wrong with a class and that its compilation says. */
export interface Fault {
  readonly method: string | undefined
  readonly problem: string
}

/**
 * What the decorators of a class have said, those of the classes it extends included. Plain data: another copy of the
 * package reads it as well.
 */
export interface ClassMetadata {
  /** The options of `@Job`, the name among them. */
  readonly job?: object
  /** The options of `@ChunkStep`, or the function that gives them. */
  readonly chunkStep?: object
  /** In the order in which they are declared, inherited ones first. */
  readonly members: readonly Member[]
  readonly listeners: readonly ListenerMember[]
  readonly injections: readonly Injection[]
  readonly faults: readonly Fault[]
}
