import { OptionCheck } from '../../domain/check-option.js'
import { compareSpecificity, exitCodePattern } from '../../domain/exit-code-pattern.js'
import { checkLeavable, checkNames } from './check-flow.js'
import { type Flow, type FlowElement, type FlowTarget, type FlowTransition, isStep, kindOf } from './flow.js'

/** The most characters an exit code has: the column's length. */
const MAX_EXIT_CODE = 2500

/** Where a transition goes, as it was asked for: a place by what stands there. */
export type DraftTarget = Exclude<FlowTarget, { kind: 'to' | 'stop' }> | ToElement | StopAt

interface ToElement {
  readonly kind: 'to'
  readonly element: FlowElement
}

interface StopAt {
  readonly kind: 'stop'
  readonly element: FlowElement | undefined
}

type Addition =
  | { readonly kind: 'start' | 'next' | 'join' | 'from'; readonly element: FlowElement }
  | { readonly kind: 'on'; readonly from: FlowElement; readonly pattern: string; readonly target: DraftTarget }

interface OpenPlace {
  readonly element: FlowElement
  readonly transitions: FlowTransition[]
  next: string | undefined
}

/**
 * A flow being drawn. Each addition makes a new draft that points to the one before, so that a draft used twice makes two
 * flows, and a chain of many thousand steps costs no more than each of them once.
 */
export class FlowDraft {
  readonly #check: OptionCheck
  readonly #before: FlowDraft | undefined
  readonly #addition: Addition

  private constructor(check: OptionCheck, before: FlowDraft | undefined, addition: Addition) {
    this.#check = check
    this.#before = before
    this.#addition = addition
  }

  /** `owner` names what is drawn in errors, e.g. `job("load")`. */
  static start(owner: string, element: FlowElement): FlowDraft {
    const check = new OptionCheck(owner)
    return new FlowDraft(check, undefined, { kind: 'start', element: checkElement(check, element) })
  }

  next(element: FlowElement): FlowDraft {
    return new FlowDraft(this.#check, this, { kind: 'next', element: checkElement(this.#check, element) })
  }

  join(element: FlowElement): FlowDraft {
    return new FlowDraft(this.#check, this, { kind: 'join', element: checkElement(this.#check, element) })
  }

  from(element: FlowElement): FlowDraft {
    return new FlowDraft(this.#check, this, { kind: 'from', element: checkElement(this.#check, element) })
  }

  on(from: FlowElement, pattern: string, target: DraftTarget): FlowDraft {
    const check = this.#check
    checkElement(check, from)
    check.text('on', pattern, 1, MAX_EXIT_CODE)
    if (target.kind === 'to') checkElement(check, target.element)
    else if (target.kind !== 'stop') check.text(target.kind, target.exitCode, 1, MAX_EXIT_CODE)
    else if (target.element !== undefined) checkElement(check, target.element)
    return new FlowDraft(check, this, { kind: 'on', from, pattern, target })
  }

  /** The finished flow. Throws `InvalidOptionError` for a graph that cannot work, naming the place. */
  build<N extends string>(name: N): Flow<never, N> {
    const additions = [this.#addition]
    for (let draft = this.#before; draft !== undefined; draft = draft.#before) additions.push(draft.#addition)
    const places = new Map<string, OpenPlace>()
    new FlowDrawing(this.#check, places).draw(additions.reverse())
    for (const { transitions } of places.values()) {
      transitions.sort((a, b) => compareSpecificity(a.pattern, b.pattern))
    }
    const built: Flow<never, N> = { kind: 'flow', name, start: places.keys().next().value ?? '', places }
    checkNames(this.#check, built)
    checkLeavable(this.#check, built)
    return built
  }
}

/** Draws additions one after another into places. */
class FlowDrawing {
  readonly #check: OptionCheck
  readonly #places: Map<string, OpenPlace>
  #current = ''

  constructor(check: OptionCheck, places: Map<string, OpenPlace>) {
    this.#check = check
    this.#places = places
  }

  draw(additions: readonly Addition[]): void {
    for (const addition of additions) {
      if (addition.kind === 'on') this.#connect(addition.from, addition.pattern, addition.target)
      else if (addition.kind === 'from') this.#current = this.#there(addition.element, 'from').element.name
      else if (addition.kind === 'join') this.#lead(this.#there(addition.element, 'join').element.name)
      else this.#continue(addition.element)
    }
  }

  #continue(element: FlowElement): void {
    const { name } = element
    if (this.#places.has(name)) {
      this.#check.fail('step', name, 'a step whose name the job does not have yet; .join(…) leads to one that is there')
    }
    this.#lead(name)
    this.#add(element)
  }

  /** The line goes on to `name`. */
  #lead(name: string): void {
    const before = this.#places.get(this.#current)
    if (before?.next !== undefined) {
      this.#check.fail('next', name, `left out: after ${JSON.stringify(this.#current)} comes ${before.next} already`)
    }
    if (before !== undefined) before.next = name
    this.#current = name
  }

  #connect(from: FlowElement, text: string, target: DraftTarget): void {
    const { element, transitions } = this.#there(from, 'on')
    if (transitions.some(({ pattern }) => pattern.text === text)) {
      this.#check.fail('on', text, `a pattern that ${JSON.stringify(element.name)} does not have yet`)
    }
    transitions.push({ pattern: exitCodePattern(text), target: this.#target(target) })
  }

  #target(target: DraftTarget): FlowTarget {
    if (target.kind === 'to') return { kind: 'to', name: this.#add(target.element) }
    if (target.kind !== 'stop') return target
    return { kind: 'stop', restartAt: target.element && this.#add(target.element) }
  }

  /** Adds an element unless that very one is there. */
  #add(element: FlowElement): string {
    const there = this.#places.get(element.name)
    if (there !== undefined && there.element !== element) {
      this.#check.fail('step', element.name, 'a step whose name the job does not have yet')
    }
    if (there === undefined) this.#places.set(element.name, { element, transitions: [], next: undefined })
    return element.name
  }

  #there(element: FlowElement, option: string): OpenPlace {
    const place = this.#places.get(element.name)
    if (place?.element === element) return place
    return this.#check.fail(option, element.name, 'something that start, next or to have added before')
  }
}

function checkElement<E extends FlowElement>(check: OptionCheck, element: E): E {
  const given = element as Partial<E> | null | undefined
  const fits = typeof given === 'object' && given !== null && typeof given.name === 'string'
  if (fits && (isStep(element) || kindOf(element) !== undefined)) return element
  return check.fail('step', element, 'a step, as chunkStep makes one, a decision, a split, or a flow')
}
