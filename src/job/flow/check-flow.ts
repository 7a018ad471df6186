import type { OptionCheck } from '../../domain/check-option.js'
import { elementsOf, type Flow, type FlowPlace, isStep, kindOf } from './flow.js'

/** A step's executions are found by its name over the whole job: so a name stands for one thing, nested flows included. */
export function checkNames(check: OptionCheck, flow: Flow): void {
  const names = new Set<string>()
  for (const { name } of elementsOf(flow)) {
    if (names.has(name)) check.fail('step', name, 'a step that stands in the job once, nested flows included')
    names.add(name)
  }
  checkPartitionNames(check, flow)
}

/** Behind a partitioned step's name and a colon stand the names of its partitions, which nobody knows yet. */
function checkPartitionNames(check: OptionCheck, flow: Flow): void {
  const elements = [...elementsOf(flow)]
  const partitioned = new Set(elements.filter((one) => isStep(one) && one.partitioned === true).map(({ name }) => name))
  if (partitioned.size === 0) return
  for (const { name } of elements) {
    for (let colon = name.indexOf(':'); colon >= 0; colon = name.indexOf(':', colon + 1)) {
      if (!partitioned.has(name.slice(0, colon))) continue
      check.fail('step', name, `another name: a partition of ${JSON.stringify(name.slice(0, colon))} may have it`)
    }
  }
}

/** From each place there must be a way out, else the flow never ends. */
export function checkLeavable(check: OptionCheck, { places }: Flow): void {
  const leavable = new Set<string>()
  const comingFrom = new Map<string, string[]>()
  const open: string[] = []
  for (const [name, place] of places) {
    if (kindOf(place.element) === 'decision' && isDeadEnd(place)) {
      check.fail('decision', name, 'followed by transitions or a next: a decision that decides nothing is a mistake')
    }
    if (isExit(place)) open.push(name)
    for (const target of targetsOf(place)) {
      const before = comingFrom.get(target)
      if (before === undefined) comingFrom.set(target, [name])
      else before.push(name)
    }
  }
  for (let name = open.pop(); name !== undefined; name = open.pop()) {
    if (leavable.has(name)) continue
    leavable.add(name)
    open.push(...(comingFrom.get(name) ?? []))
  }
  const stuck = [...places.keys()].find((name) => !leavable.has(name))
  if (stuck === undefined) return
  check.fail('flow', stuck, 'a place from which the flow can end: give a step of its loop an end(), or a next outside')
}

function isExit(place: FlowPlace): boolean {
  return isDeadEnd(place) || place.transitions.some(({ target }) => target.kind !== 'to')
}

function isDeadEnd({ transitions, next }: FlowPlace): boolean {
  return transitions.length === 0 && next === undefined
}

function targetsOf({ transitions, next }: FlowPlace): readonly string[] {
  const targets = transitions.flatMap(({ target }) => (target.kind === 'to' ? [target.name] : []))
  return next === undefined ? targets : [...targets, next]
}
