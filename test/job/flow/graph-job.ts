import { decision, ExitStatus, type Flow, flow, flowStep, type Job, job, split, type Step } from 'chunkwise'
import { never } from './mortal.js'
import { type FlowSpec, leadsTo, type NodeSpec, type TargetSpec } from './graph-spec.js'

/** How often each step was run, and each decision asked: what a process does outside the repository. */
export class World {
  readonly calls: Map<string, number>
  /** Nothing happens in a dead process. */
  isDead: () => boolean = () => false
  /** Told of each call before it counts, and when it has. */
  onCall: (name: string, side: 'before' | 'after') => void = () => undefined

  constructor(calls: Map<string, number>) {
    this.calls = calls
  }

  async call(name: string, answers: readonly string[]): Promise<string> {
    if (this.isDead()) return never
    this.onCall(name, 'before')
    const calls = this.calls.get(name) ?? 0
    this.calls.set(name, calls + 1)
    this.onCall(name, 'after')
    return answers[Math.min(calls, answers.length - 1)] as string
  }
}

/** A builder of jobs or flows, without its types. */
interface Line {
  start(element: object): Line
  next(element: object): Line
  from(element: object): Line
  on(
    from: object,
    pattern: string,
  ): Record<Exclude<TargetSpec['kind'], 'restart'> | 'stopAndRestart', (target?: unknown) => Line>
  build(): unknown
}

/** The job of a graph. */
export function graphJob(graph: FlowSpec, name: string, world: World): Job {
  return draw(graph, job(name, { maxCrashes: 1000 }) as unknown as Line, world) as Job
}

function draw({ places }: FlowSpec, builder: Line, world: World): unknown {
  const elements = places.map(({ node }) => element(node, world))
  const at = (place: number): object => elements[place] as object
  const open = places.flatMap(({ transitions }, from) =>
    transitions.map((one) => ({ from, pattern: one[0], to: one[1] })),
  )
  let line = builder.start(at(0))
  const connect = ({ from, pattern, to }: (typeof open)[number]): void => {
    const one = line.on(at(from), pattern)
    if (to.kind === 'to') line = one.to(at(to.place))
    else if (to.kind === 'restart') line = one.stopAndRestart(at(to.place))
    else if (to.kind === 'stop') line = one.stop()
    else line = one[to.kind](to.code)
  }
  for (const [index, { hasNext }] of places.slice(0, -1).entries()) {
    if (hasNext) line = line.from(at(index)).next(at(index + 1))
    else
      connect(
        ...(open.splice(
          open.findIndex(({ from, to }) => from <= index && leadsTo(to, index + 1)),
          1,
        ) as [never]),
      )
  }
  for (const one of open) connect(one)
  return line.build()
}

function element(node: NodeSpec, world: World): object {
  const { name } = node
  const drawn = (inner: FlowSpec): Flow => draw(inner, flow(inner.name) as unknown as Line, world) as Flow
  if (node.kind === 'decision') return decision(name, () => world.call(name, node.answers))
  if (node.kind === 'split') return split(name, node.flows.map(drawn))
  if (node.kind === 'flow') return drawn(node.flow)
  if (node.kind === 'flowStep') return flowStep(name, drawn(node.flow))
  const step: Step<unknown> = {
    name,
    allowStartIfComplete: node.again,
    startLimit: undefined,
    listeners: [],
    async execute() {
      const outcome = await world.call(name, node.outcomes)
      if (outcome === 'FAIL') throw new Error(`${name} fails`)
      return { status: 'COMPLETED', exitStatus: new ExitStatus(outcome) }
    },
  }
  return step
}
