import type { FlowSpec, NodeSpec, PlaceSpec, TargetSpec } from './graph-spec.js'

/** How a pass of a step is stored. */
export interface Row {
  readonly name: string
  readonly pass: string
  status: string
  exit: string
}

/** Where a flow has stopped of its own. */
interface Mark {
  readonly flow: string
  readonly place: string
  /** A place of the flow, by its index. */
  readonly restartAt: number | undefined
}

/** What is left of earlier executions. */
export interface Memory {
  /** The latest row of each pass, by {@link keyOf}. */
  readonly rows: ReadonlyMap<string, Row>
  /** How often each step was run, and each decision asked. */
  readonly calls: ReadonlyMap<string, number>
  readonly marks: readonly Mark[]
}

/** What an execution is to leave. */
export interface Expected {
  readonly status: string
  readonly exit: string
  readonly rows: readonly Row[]
  readonly calls: ReadonlyMap<string, number>
  readonly marks: readonly Mark[]
}

export const keyOf = ({ name, pass }: { name: string; pass: string }): string => `${name} #${pass}`
export const NOTHING: Memory = { rows: new Map(), calls: new Map(), marks: [] }

interface Ended {
  readonly status: 'COMPLETED' | 'FAILED' | 'STOPPED'
  readonly exit: string
  /** A failure of an earlier execution that was dealt with there. */
  readonly handled: boolean
  readonly isOld: boolean
}

/** Numbers of passes, as in a step that is itself in a later pass: they begin anew in each pass of it. */
class Passes {
  readonly #outer: readonly number[]
  readonly #counts = new Map<string, number>()

  constructor(outer: readonly number[] = []) {
    this.#outer = outer
  }

  enter(name: string): void {
    this.#counts.set(name, (this.#counts.get(name) ?? 0) + 1)
  }

  path(name: string): readonly number[] {
    return [...this.#outer, this.#counts.get(name) ?? 0]
  }

  /** As it is written: first passes around a first pass are not said. */
  label(name: string): string {
    const path = this.path(name)
    const firstLater = path.findIndex((pass) => pass !== 1)
    return firstLater === -1 ? '1' : path.slice(firstLater).join('/')
  }
}

const ended = (status: Ended['status'], exit: string): Ended => ({ status, exit, handled: false, isOld: false })
const STOPPED = ended('STOPPED', 'STOPPED')

/** What the rules say of one execution of a graph, step by step, without any store or any concurrency. */
export function expectRun(graph: FlowSpec, memory: Memory): Expected {
  return new Model(memory).run(graph)
}

class Model {
  readonly #memory: Memory
  readonly #calls: Map<string, number>
  readonly #rows: Row[] = []
  readonly #marks: Mark[] = []
  #oldSteps = 0

  constructor(memory: Memory) {
    this.#memory = memory
    this.#calls = new Map(memory.calls)
  }

  run(graph: FlowSpec): Expected {
    const end = outermost(this.#flow(graph, new Passes(), []))
    const nothingRan = this.#rows.length === 0 && this.#oldSteps > 0
    const exit = end.status === 'COMPLETED' && nothingRan ? 'NOOP' : end.exit
    const { marks } = this.#memory
    const kept = marks.filter((old) => !this.#marks.some((mark) => old.flow === mark.flow && bothRestart(old, mark)))
    const isStored = end.status === 'STOPPED'
    return {
      status: end.status,
      exit,
      rows: this.#rows,
      calls: this.#calls,
      marks: isStored ? [...kept, ...this.#marks] : marks,
    }
  }

  #flow(flow: FlowSpec, passes: Passes, open: Row[]): Ended {
    passes.enter(flow.name)
    const flowKey = `${flow.name} #${passes.label(flow.name)}`
    const begin = this.#memory.marks.findLast((mark) => mark.flow === flowKey && mark.restartAt !== undefined)
    let isOld = true
    for (let index = begin?.restartAt ?? 0; ;) {
      const place = flow.places[index] as PlaceSpec
      const result = this.#visit(place.node, passes, open)
      isOld &&= result.isOld
      const next = this.#goOn(place, result, { flowKey, passes, open })
      if (next === 'next') index++
      else if (typeof next === 'number') index = next
      else return { ...next, isOld }
    }
  }

  #goOn(
    place: PlaceSpec,
    result: Ended,
    at: { flowKey: string; passes: Passes; open: Row[] },
  ): Ended | number | 'next' {
    if (result.status === 'STOPPED') return STOPPED
    const target = choose(place, result.exit)
    if (target === undefined) {
      if ((result.status === 'COMPLETED' || result.handled) && place.hasNext) return 'next'
      return place.transitions.length > 0 && !place.hasNext ? ended('FAILED', 'FAILED') : result
    }
    if (target.kind === 'to') return target.place
    if (target.kind === 'end') dealWith(at.open)
    if (target.kind === 'end') return ended('COMPLETED', target.code)
    if (target.kind === 'fail') return ended('FAILED', target.code)
    const key = `${place.node.name} #${at.passes.label(place.node.name)}`
    const restartAt = target.kind === 'restart' ? target.place : undefined
    if (restartAt === undefined && place.node.kind !== 'decision' && result.isOld && this.#hasStopped(key)) {
      return place.hasNext ? 'next' : ended('COMPLETED', 'COMPLETED')
    }
    this.#marks.push({ flow: at.flowKey, place: key, restartAt })
    return STOPPED
  }

  #hasStopped(place: string): boolean {
    return this.#memory.marks.some((mark) => mark.place === place && mark.restartAt === undefined)
  }

  #visit(node: NodeSpec, passes: Passes, open: Row[]): Ended {
    if (node.kind === 'flow') return this.#flow(node.flow, passes, open)
    if (node.kind === 'decision') return { ...ended('COMPLETED', this.#call(node.name, node.answers)), isOld: true }
    dealWith(open)
    passes.enter(node.name)
    if (node.kind !== 'split') return this.#step(node, passes, open)
    const opens = node.flows.map((): Row[] => [])
    const ends = node.flows.map((flow, index) => this.#flow(flow, passes, opens[index] as Row[]))
    open.push(...opens.flat())
    return worst(ends)
  }

  #step(node: NodeSpec & { kind: 'step' | 'flowStep' }, passes: Passes, open: Row[]): Ended {
    const pass = passes.label(node.name)
    const before = this.#memory.rows.get(keyOf({ name: node.name, pass }))
    const isDone = before?.status === 'COMPLETED' && !(node.kind === 'step' && node.again)
    if (before?.status === 'ABANDONED' || isDone) {
      this.#oldSteps++
      const handled = before.status === 'ABANDONED'
      return { status: handled ? 'FAILED' : 'COMPLETED', exit: before.exit, handled, isOld: true }
    }
    const row: Row = { name: node.name, pass, status: 'STARTED', exit: 'EXECUTING' }
    this.#rows.push(row)
    const end =
      node.kind === 'step'
        ? outcome(this.#call(node.name, node.outcomes))
        : outermost(this.#flow(node.flow, new Passes(passes.path(node.name)), []))
    Object.assign(row, { status: end.status, exit: end.exit })
    if (end.status === 'FAILED') open.push(row)
    return { ...end, isOld: false }
  }

  #call(name: string, answers: readonly string[]): string {
    const calls = this.#calls.get(name) ?? 0
    this.#calls.set(name, calls + 1)
    return answers[Math.min(calls, answers.length - 1)] as string
  }
}

function dealWith(open: Row[]): void {
  for (const row of open.splice(0)) row.status = 'ABANDONED'
}

function outcome(text: string): Ended {
  return text === 'FAIL' ? ended('FAILED', 'FAILED') : ended('COMPLETED', text)
}

function outermost(end: Ended): Ended {
  return end.handled ? { ...end, status: 'COMPLETED', exit: 'COMPLETED', handled: false } : end
}

function bothRestart(a: Mark, b: Mark): boolean {
  return a.restartAt !== undefined && b.restartAt !== undefined
}

/** The transition of the first pattern that matches, when the most specific stands first. */
function choose({ transitions }: PlaceSpec, exit: string): TargetSpec | undefined {
  const rank = (pattern: string): readonly [number, number, number] => {
    const [stars, marks] = [pattern.replace(/[^*]/g, '').length, pattern.replace(/[^?]/g, '').length]
    return [stars, marks, -pattern.length]
  }
  const matching = transitions.filter(([pattern]) => {
    return new RegExp(`^${pattern.replaceAll('*', '.*').replaceAll('?', '.')}$`).test(exit)
  })
  const [best] = matching.toSorted(([a], [b]) => {
    const [x, y] = [rank(a), rank(b)]
    return x[0] - y[0] || x[1] - y[1] || x[2] - y[2] || (a < b ? -1 : 1)
  })
  return best?.[1]
}

const STATUSES = ['COMPLETED', 'STOPPED', 'FAILED']
const CODES = ['COMPLETED', 'NOOP', 'STOPPED', 'FAILED']

function worst(ends: readonly Ended[]): Ended {
  const status = STATUSES.findLast((one) => ends.some((end) => end.status === one)) as Ended['status']
  const those = ends.filter((end) => end.status === status)
  const severity = (exit: string): number => {
    const known = CODES.findIndex((code) => exit.startsWith(code))
    return known === -1 ? CODES.length : known
  }
  const exits = those.map(({ exit }) => exit)
  const [exit] = exits.toSorted((a, b) => severity(b) - severity(a) || (a < b ? 1 : -1)) as [string]
  return { status, exit, handled: those.every(({ handled }) => handled), isOld: ends.every(({ isOld }) => isOld) }
}
