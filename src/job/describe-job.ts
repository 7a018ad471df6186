import { describeParameters } from '../domain/describe-parameters.js'
import { quote } from '../support/quote.js'
import type { TransactionManager } from '../transaction/transaction.js'
import { type Flow, type FlowElement, flowsIn, type FlowTarget, isStep, kindOf } from './flow/flow.js'
import type { Job } from './job.js'
import type { JobDescription, NodeDescription, TransitionDescription } from './job-description.js'
import { mermaidOf } from './mermaid.js'

/** Describes a job whose executions are kept in the transactions of `repository`. */
export function describeJob(job: Job, repository: TransactionManager): JobDescription {
  const nodes: NodeDescription[] = []
  const transitions: TransitionDescription[] = []
  collect(job.flow, undefined, repository, nodes, transitions)
  const parameters = describeParameters(`job(${quote(job.name)}).parameters`, job.parameters)
  const described = { name: job.name, parameters, start: job.flow.start, nodes, transitions }
  return { ...described, mermaid: mermaidOf(described) }
}

function collect(
  flow: Flow,
  inside: string | undefined,
  repository: TransactionManager,
  nodes: NodeDescription[],
  transitions: TransitionDescription[],
): void {
  for (const { element, transitions: ways, next } of flow.places.values()) {
    const { name: from } = element
    nodes.push({ name: from, ...(inside === undefined ? {} : { in: inside }), ...describeElement(element, repository) })
    for (const { pattern, target } of ways) transitions.push({ from, on: pattern.text, ...describeTarget(target) })
    if (next !== undefined) transitions.push({ from, to: next })
    const isFlow = kindOf(element) === 'flow' || isStep(element)
    for (const inner of flowsIn(element)) {
      if (!isFlow) nodes.push({ name: inner.name, in: from, kind: 'flow', start: inner.start })
      collect(inner, isFlow ? from : inner.name, repository, nodes, transitions)
    }
  }
}

function describeElement(element: FlowElement, repository: TransactionManager): Omit<NodeDescription, 'name' | 'in'> {
  const flows = flowsIn(element)
  const kind = kindOf(element)
  if (kind === 'split') return { kind, flows: flows.map(({ name }) => name) }
  const start = flows[0] === undefined ? {} : { start: flows[0].start }
  const described = isStep(element) ? element.describe?.(repository) : undefined
  return { kind: kind ?? 'step', ...described, ...start }
}

function describeTarget(target: FlowTarget): Omit<TransitionDescription, 'from' | 'on'> {
  switch (target.kind) {
    case 'to':
      return { to: target.name }
    case 'end':
      return { end: 'COMPLETED', exitCode: target.exitCode }
    case 'fail':
      return { end: 'FAILED', exitCode: target.exitCode }
    default:
      return { end: 'STOPPED', ...(target.restartAt === undefined ? {} : { restartAt: target.restartAt }) }
  }
}
