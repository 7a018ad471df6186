import { OptionCheck } from '../../domain/check-option.js'
import type { Flow, FlowElement } from './flow.js'
import { type DraftTarget, FlowDraft } from './flow-draft.js'
import type { FitsName, IsThere } from './flow-fit.js'

/** A flow that has nothing in it yet. */
export interface FlowStart<F extends string> {
  /** Where the flow begins. */
  start<P, const N extends string, I extends string = never>(element: FlowElement<P, N, I>): FlowBuilder<P, F, N | I>
}

/**
 * A flow under construction: each call gives a new builder, the one before it stays as it was. `start` and `next` make the
 * main line; `on(…)` adds a transition and does not move it; `from(…)` continues elsewhere.
 */
export interface FlowBuilder<P, F extends string, Names extends string> {
  /** What runs when what was added last on this line has COMPLETED and none of its patterns matches. */
  next<Q, const N extends string, I extends string = never>(
    element: FlowElement<Q, N, I> & FitsName<Names, N | I>,
  ): FlowBuilder<P & Q, F, Names | N | I>
  /**
   * Leads the line on to something that is in the flow already, when what was added last has COMPLETED and none of its
   * patterns matches.
   */
  join<const N extends string>(element: { readonly name: N } & IsThere<Names, N>): FlowBuilder<P, F, Names>
  /** Continues the line behind something that is in the flow already: the next `next` comes after it. */
  from<const N extends string>(element: { readonly name: N } & IsThere<Names, N>): FlowBuilder<P, F, Names>
  /** Begins a transition: where the flow goes on after `from` when its exit code matches. `*` any text, `?` one character. */
  on<const N extends string>(
    from: { readonly name: N } & IsThere<Names, N>,
    pattern: string,
  ): FlowTransitionBuilder<P, F, Names>
  /**
   * The finished flow.
   *
   * @throws InvalidOptionError a name stands for two things, or there is no way out of a loop
   */
  build(): Flow<P, F, Names>
}

/** A transition of a flow: says where it goes. */
export interface FlowTransitionBuilder<P, F extends string, Names extends string> {
  /** To something that is in the flow, or is added by this. */
  to<Q, const N extends string, I extends string = never>(
    element: FlowElement<Q, N, I>,
  ): FlowBuilder<P & Q, F, Names | N | I>
  /** The flow ends COMPLETED, with this exit code. Default `'COMPLETED'`. */
  end(exitCode?: string): FlowBuilder<P, F, Names>
  /** The flow ends FAILED, with this exit code. Default `'FAILED'`. */
  fail(exitCode?: string): FlowBuilder<P, F, Names>
  /** The job ends STOPPED. A restart goes on behind this place: with its `next`, or, where there is none, to the end. */
  stop(): FlowBuilder<P, F, Names>
  /** The job ends STOPPED. A restart begins at `element`, which is in the flow or is added by this. */
  stopAndRestart<Q, const N extends string, I extends string = never>(
    element: FlowElement<Q, N, I>,
  ): FlowBuilder<P & Q, F, Names | N | I>
}

/**
 * Begins a flow: steps and transitions under one name, to stand in jobs, in splits, or in other flows.
 *
 * @example
 * ```ts
 * import { chunkStep, flow, job } from 'chunkwise'
 *
 * const step = <const N extends string>(name: N) => chunkStep(name, { chunkSize: 1, reader: [1], writer: () => {} })
 * const cleanUp = flow('cleanUp').start(step('sweep')).next(step('tell')).build()
 * const load = step('load')
 * export const nightly = job('nightly').start(load).on(load, 'FAILED').to(cleanUp).next(step('publish')).build()
 * ```
 *
 * @throws InvalidOptionError
 */
export function flow<const F extends string>(name: F): FlowStart<F> {
  new OptionCheck('flow').text('name', name, 1, 100)
  const start = (element: FlowElement): unknown =>
    flowLine(FlowDraft.start(`flow(${JSON.stringify(name)})`, element), (draft) => draft.build(name))
  return { start } as FlowStart<F>
}

/** The methods of a builder, without their types: those of jobs and of flows differ in their types only. */
export interface FlowLine<Built> {
  next(element: FlowElement): FlowLine<Built>
  join(element: FlowElement): FlowLine<Built>
  from(element: FlowElement): FlowLine<Built>
  on(from: FlowElement, pattern: string): object
  build(): Built
}

/** A builder over a draft. */
export function flowLine<Built>(draft: FlowDraft, finish: (draft: FlowDraft) => Built): FlowLine<Built> {
  const line = (next: FlowDraft): FlowLine<Built> => flowLine(next, finish)
  return {
    next: (element) => line(draft.next(element)),
    join: (element) => line(draft.join(element)),
    from: (element) => line(draft.from(element)),
    on: (from, pattern) => {
      const add = (target: DraftTarget): FlowLine<Built> => line(draft.on(from, pattern, target))
      return {
        to: (element: FlowElement) => add({ kind: 'to', element }),
        end: (exitCode = 'COMPLETED') => add({ kind: 'end', exitCode }),
        fail: (exitCode = 'FAILED') => add({ kind: 'fail', exitCode }),
        stop: () => add({ kind: 'stop', element: undefined }),
        stopAndRestart: (element: FlowElement) => add({ kind: 'stop', element }),
      }
    },
    build: () => finish(draft),
  }
}
