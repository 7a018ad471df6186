import fc from 'fast-check'

/** Where a transition leads; places by their index in the flow. */
export type TargetSpec =
  | { readonly kind: 'to'; readonly place: number }
  | { readonly kind: 'restart'; readonly place: number }
  | { readonly kind: 'end'; readonly code: string }
  | { readonly kind: 'fail'; readonly code: string }
  | { readonly kind: 'stop' }

/** What stands at a place. */
export type NodeSpec =
  /** Its runs end one after another as `outcomes` say, the last for ever: FAIL throws, anything else is the exit code. */
  | { readonly kind: 'step'; readonly name: string; readonly outcomes: readonly string[]; readonly again: boolean }
  /** Its answers, one after another, the last for ever. */
  | { readonly kind: 'decision'; readonly name: string; readonly answers: readonly string[] }
  | { readonly kind: 'flow'; readonly name: string; readonly flow: FlowSpec }
  | { readonly kind: 'flowStep'; readonly name: string; readonly flow: FlowSpec }
  | { readonly kind: 'split'; readonly name: string; readonly flows: readonly FlowSpec[] }

export interface PlaceSpec {
  readonly node: NodeSpec
  readonly transitions: readonly (readonly [pattern: string, target: TargetSpec])[]
  /** Whether the next place follows on the main line. */
  readonly hasNext: boolean
}

export interface FlowSpec {
  readonly name: string
  readonly places: readonly PlaceSpec[]
}

/** The most nodes of a graph. */
const MAX_NODES = 60
const AGAIN = 'AGAIN'

interface RawTransition {
  readonly pattern: string
  readonly kind: TargetSpec['kind']
  readonly jump: number
}

interface RawPlace {
  readonly kind: NodeSpec['kind']
  readonly results: readonly string[]
  readonly again: boolean
  readonly flows: readonly (readonly RawPlace[])[]
  readonly transitions: readonly RawTransition[]
  readonly loop: number | undefined
  readonly cut: boolean
  readonly handles: boolean
}

const PATTERNS = ['COMPLETED', 'FAILED', 'A', 'AB', 'B', 'A*', 'A?', '?', '*', '??', '*B', 'F*', '?B*', 'E?', 'C*']

const transition: fc.Arbitrary<RawTransition> = fc.record({
  pattern: fc.constantFrom(...PATTERNS),
  kind: fc.constantFrom('to', 'to', 'to', 'to', 'to', 'to', 'to', 'end', 'fail', 'stop', 'restart'),
  jump: fc.nat(9),
})

const place = (depth: number): fc.Arbitrary<RawPlace> =>
  fc.record({
    kind: fc.oneof(
      { weight: 6, arbitrary: fc.constant('step' as const) },
      { weight: 1, arbitrary: fc.constant('decision' as const) },
      ...(depth === 0
        ? []
        : [{ weight: 3, arbitrary: fc.constantFrom('flow' as const, 'split' as const, 'flowStep' as const) }]),
    ),
    results: fc.array(fc.constantFrom('COMPLETED', 'COMPLETED', 'COMPLETED', 'FAIL', 'A', 'AB', 'B', AGAIN, AGAIN), {
      maxLength: 4,
    }),
    again: fc.constantFrom(false, false, false, true),
    flows: depth === 0 ? fc.constant([]) : fc.array(places(depth - 1), { minLength: 1, maxLength: 3 }),
    transitions: fc.oneof({ weight: 2, arbitrary: fc.constant([]) }, fc.array(transition, { maxLength: 3 })),
    loop: fc.option(fc.nat(9), { nil: undefined, freq: 2 }),
    cut: fc.constantFrom(false, false, false, true),
    handles: fc.constantFrom(false, false, true),
  })

const places = (depth: number): fc.Arbitrary<readonly RawPlace[]> =>
  fc.array(place(depth), { minLength: 1, maxLength: 8 })

/** Makes graphs of what was drawn: names, places that are there, no more nodes than may be, and no loop without an end. */
class Shaper {
  #nodes = 0

  flow(raw: readonly RawPlace[], name: string): FlowSpec {
    const kept = raw.filter((_, index) => index === 0 || this.#nodes + index < MAX_NODES)
    this.#nodes += kept.length
    const drawn = kept.map((one, index) => this.#place(one, { index, count: kept.length, prefix: name }))
    const places = drawn.map((place, index): PlaceSpec => {
      const canCut = drawn.some(({ transitions }, from) => {
        return from <= index && transitions.some(([, target]) => leadsTo(target, index + 1))
      })
      const isCut = place.node.kind !== 'decision' && !place.transitions.some(([pattern]) => pattern === AGAIN)
      const hasNext = index < kept.length - 1 && !(kept[index]?.cut === true && canCut && isCut)
      return { ...place, hasNext }
    })
    return { name, places }
  }

  #place(raw: RawPlace, at: { index: number; count: number; prefix: string }): Omit<PlaceSpec, 'hasNext'> {
    const node = this.#node(raw, `${at.prefix}.${at.index}`)
    const transitions = new Map<string, TargetSpec>()
    for (const one of raw.transitions) transitions.set(one.pattern, target(one, at))
    if (raw.loop !== undefined) transitions.set(AGAIN, { kind: 'to', place: raw.loop % (at.index + 1) })
    const isLast = at.index === at.count - 1
    if (raw.handles && !isLast) transitions.set('FAILED', { kind: 'to', place: at.index + 1 })
    // The last place ends somehow, lest a loop have no way out.
    if (isLast && (node.kind === 'decision' || transitions.has(AGAIN)))
      transitions.set('*', { kind: 'end', code: 'E*' })
    return { node, transitions: [...transitions] }
  }

  #node(raw: RawPlace, name: string): NodeSpec {
    const results = raw.results.at(-1) === AGAIN ? [...raw.results, 'B'] : raw.results
    if (raw.kind === 'step')
      return { kind: 'step', name, outcomes: [...results, 'COMPLETED'].slice(0, 5), again: raw.again }
    if (raw.kind === 'decision') return { kind: 'decision', name, answers: results.length > 0 ? results : ['A'] }
    const flows = raw.flows.map((one, index) => this.flow(one, `${name}.${'xyz'[index]}`))
    if (raw.kind === 'split') return { kind: 'split', name, flows }
    const [inner] = flows as [FlowSpec]
    if (raw.kind === 'flowStep') return { kind: 'flowStep', name, flow: inner }
    return { kind: 'flow', name: inner.name, flow: inner }
  }
}

/** Whether a transition names a place. */
export function leadsTo(target: TargetSpec, place: number): boolean {
  return (target.kind === 'to' || target.kind === 'restart') && target.place === place
}

function target(
  { kind, jump, pattern }: RawTransition,
  { index, count }: { index: number; count: number },
): TargetSpec {
  if (kind === 'restart') return { kind, place: jump % count }
  if (kind === 'to' && index < count - 1) return { kind, place: index + 1 + (jump % (count - index - 1)) }
  if (kind === 'fail') return { kind, code: `F${pattern}` }
  return kind === 'stop' ? { kind } : { kind: 'end', code: `E${jump}` }
}

/** Graphs with nested flows, splits, decisions, failing steps, loops and stops. */
export const graphs: fc.Arbitrary<FlowSpec> = places(2).map((raw) => new Shaper().flow(raw, 'j'))
