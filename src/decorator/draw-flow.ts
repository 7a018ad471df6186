import { exitCodePattern, matchesExitCode } from '../domain/exit-code-pattern.js'
import type { FlowLine } from '../job/flow/flow-builder.js'
import { type FlowElement, isStep } from '../job/flow/flow.js'
import { nearest } from '../support/nearest.js'
import { quote } from '../support/quote.js'
import type { ClassReader } from './class-reader.js'
import type { CompiledMember } from './compile-members.js'
import type { TransitionTarget } from './transitions.js'

const EXPECTED = 'the name of a method, or one of { end }, { fail }, { stop } and { stopAndRestart }'

/** What begins a job, without its types. */
export interface FlowBeginning<Built> {
  start(element: FlowElement): FlowLine<Built>
}

/** The ends of a transition, without their types. */
interface TransitionLine<Built> {
  to(element: FlowElement): FlowLine<Built>
  end(exitCode?: string): FlowLine<Built>
  fail(exitCode?: string): FlowLine<Built>
  stop(): FlowLine<Built>
  stopAndRestart(element: FlowElement): FlowLine<Built>
}

/** A way from one method to another, or to an end. */
type Way =
  | { readonly from: CompiledMember; readonly next: CompiledMember }
  | { readonly from: CompiledMember; readonly pattern: string; readonly target: TransitionTarget }

/**
 * Builds what the methods of a class say, with the builder: the line in the order of the class, without the methods that
 * `on` of an earlier one leads to, and what says its `next` last.
 *
 * @throws DecoratorError a way leads to no method, or nothing leads to a method
 */
export function drawFlow<Built>(
  reader: ClassReader,
  members: readonly CompiledMember[],
  beginning: FlowBeginning<Built>,
): Built {
  const [first] = members
  if (first === undefined) return reader.fail(undefined, 'has no method with @Step, @Tasklet or @Decision')
  const drawing = new ClassDrawing(reader, members, beginning.start(first.element))
  return drawing.draw(first).build()
}

class ClassDrawing<Built> {
  readonly #reader: ClassReader
  readonly #members: ReadonlyMap<string, CompiledMember>
  readonly #placed = new Set<string>()
  #line: FlowLine<Built>

  constructor(reader: ClassReader, members: readonly CompiledMember[], line: FlowLine<Built>) {
    this.#reader = reader
    this.#members = new Map(members.map((one) => [one.member.method, one]))
    this.#line = line
  }

  draw(first: CompiledMember): FlowLine<Built> {
    this.#placed.add(first.member.method)
    const all = this.#ways()
    let ways = all
    for (let before = Infinity; ways.length < before;) {
      before = ways.length
      ways = ways.filter((way) => !this.#add(way))
    }
    for (const method of this.#members.keys()) {
      if (!this.#placed.has(method)) this.#reader.fail(method, 'is never run: nothing of what is run leads to it')
    }
    this.#refuseDeadEnds(all)
    return this.#line
  }

  /** All ways, in the order in which someone who builds the job would add them. */
  #ways(): readonly Way[] {
    const beside = new Set<string>()
    const ways: Way[] = []
    const explicit: Way[] = []
    let before: CompiledMember | undefined
    for (const one of this.#members.values()) {
      const { method, transitions } = one.member
      if (!beside.has(method)) {
        if (before !== undefined && before.member.transitions.next === undefined) ways.push({ from: before, next: one })
        before = one
      }
      for (const [pattern, target] of Object.entries(transitions.on ?? {})) {
        ways.push({ from: one, pattern, target })
        if (typeof target === 'string') beside.add(target)
      }
      const { next } = transitions
      if (next !== undefined) explicit.push({ from: one, next: this.#find(one, next, 'next') })
    }
    return [...ways, ...explicit]
  }

  /** A step that has patterns, and nowhere to go when all went well, would fail the job each time. */
  #refuseDeadEnds(ways: readonly Way[]): void {
    for (const { member, element } of this.#members.values()) {
      const patterns = Object.keys(member.transitions.on ?? {})
      if (!isStep(element) || patterns.length === 0) continue
      if (ways.some((way) => 'next' in way && way.from.member === member)) continue
      if (patterns.some((pattern) => matchesExitCode(exitCodePattern(pattern), 'COMPLETED'))) continue
      this.#reader.fail(member.method, 'leads nowhere when it has COMPLETED: say so with on: { COMPLETED: … }, or next')
    }
  }

  /** Adds a way, unless where it begins is not there yet. */
  #add(way: Way): boolean {
    if (!this.#placed.has(way.from.member.method)) return false
    if ('next' in way) this.#lead(way.from, way.next)
    else this.#connect(way.from, way.pattern, way.target)
    return true
  }

  #lead({ element: from }: CompiledMember, to: CompiledMember): void {
    const line = this.#line.from(from)
    this.#line = this.#place(to) ? line.next(to.element) : line.join(to.element)
  }

  #connect(from: CompiledMember, pattern: string, target: TransitionTarget): void {
    const on = this.#line.on(from.element, pattern) as TransitionLine<Built>
    const code = (given: unknown): string | undefined => (given === true ? undefined : (given as string))
    const option = `on[${quote(pattern)}]`
    if (typeof target === 'string') this.#line = on.to(this.#reach(from, target, option))
    else if (!isEnd(target))
      this.#reader.fail(from.member.method, `${option} must be ${EXPECTED}, but is ${quote(target)}`)
    else if ('end' in target) this.#line = on.end(code(target.end))
    else if ('fail' in target) this.#line = on.fail(code(target.fail))
    else if ('stop' in target) this.#line = on.stop()
    else this.#line = on.stopAndRestart(this.#reach(from, target.stopAndRestart, option))
  }

  #reach(from: CompiledMember, method: string, option: string): FlowElement {
    const target = this.#find(from, method, option)
    this.#place(target)
    return target.element
  }

  /** Whether it is new. */
  #place({ member }: CompiledMember): boolean {
    const isNew = !this.#placed.has(member.method)
    this.#placed.add(member.method)
    return isNew
  }

  #find({ member }: CompiledMember, method: string, option: string): CompiledMember {
    const found = this.#members.get(method)
    if (found !== undefined) return found
    const similar = nearest(method, this.#members.keys())
    const hint = similar === undefined ? '' : `; did you mean ${quote(similar)}?`
    const problem = `${option} leads to ${quote(method)}, which is no method with @Step, @Tasklet or @Decision${hint}`
    return this.#reader.fail(member.method, problem)
  }
}

function isEnd(target: unknown): target is Exclude<TransitionTarget, string> {
  if (typeof target !== 'object' || target === null) return false
  const [kind, ...more] = Object.keys(target)
  return ['end', 'fail', 'stop', 'stopAndRestart'].includes(kind ?? '') && more.length === 0
}
