import type { Step } from '../../step/step.js'
import { type Flow, type FlowElement, type FlowPlace, isStep, kindOf, type Split } from './flow.js'

/** Gives the step that stands where another stood, under the same name. */
export type StepMap = (step: Step<never>) => Step<never>

/** The same flow with other steps: `map` is asked once for each place of a step. */
export function mapSteps(flow: Flow, map: StepMap): Flow {
  const places = [...flow.places].map(([name, place]): [string, FlowPlace] => {
    return [name, { ...place, element: mapElement(place.element, map) }]
  })
  return { ...flow, places: new Map(places) }
}

function mapElement(element: FlowElement, map: StepMap): FlowElement {
  if (isStep(element)) return map(element)
  const kind = kindOf(element)
  if (kind === 'flow') return mapSteps(element as Flow, map)
  if (kind !== 'split') return element
  const split = element as Split
  return { ...split, flows: split.flows.map((inner) => mapSteps(inner, map)) } as FlowElement
}
