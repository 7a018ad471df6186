import { ExitStatus } from '../../domain/exit-status.js'
import type { StepExecution } from '../../domain/step-execution.js'
import { runStep } from '../../step/run-step.js'
import type { Pass } from '../../step/step-passes.js'
import type { StepScene } from '../../step/step-scene.js'
import type { Step, StepEnd } from '../../step/step.js'
import { isAbortOf, isStopRequested } from '../../step/stopping.js'
import { DecisionError } from './flow-errors.js'
import { type Decision, type Flow, type FlowElement, type FlowPlace, isStep, kindOf, type Split } from './flow.js'
import { OpenFailures } from './open-failures.js'
import { type FlowEnd, outermostEnd, type OwnEnd, ownEnd, route } from './route.js'
import { runSplit } from './run-split.js'
import { hasStoppedAt, restartPlace } from './stop-marks.js'

/**
 * Runs a flow to its end, from its beginning, or from where a stop has said. What had completed in earlier executions is
 * not run again: its result leads on. Rejects when a step could not be begun or its end not be stored.
 */
export async function runFlow(flow: Flow, scene: StepScene): Promise<FlowEnd> {
  return outermostEnd(await new FlowWalk(flow, scene, {}).run())
}

/** What came before a flow. */
interface Before {
  /** Failures that nothing has dealt with yet. */
  readonly open?: OpenFailures
  /** The step that ended last on the way there. */
  readonly last?: StepExecution | undefined
}

const STOPPED: StepEnd = { status: 'STOPPED', exitStatus: ExitStatus.STOPPED }

/** One way through a flow. A loop, not a recursion: a flow may have many thousand places. */
class FlowWalk {
  readonly #flow: Flow
  readonly #scene: StepScene
  readonly #open: OpenFailures
  readonly #pass: Pass
  #last: StepExecution | undefined
  #reused = true

  constructor(flow: Flow, scene: StepScene, { open = new OpenFailures(), last }: Before) {
    this.#flow = flow
    this.#scene = scene
    this.#open = open
    this.#last = last
    this.#pass = scene.passes.next(flow.name)
  }

  async run(): Promise<FlowEnd> {
    const context = this.#scene.jobExecution.executionContext
    let name = restartPlace(context, this.#flow.name, this.#pass) ?? this.#flow.start
    for (;;) {
      const end = this.#aborted()
      if (end !== undefined) return this.#end(end)
      const place = this.#place(name)
      const result = await this.#visit(place.element)
      this.#last = result.last ?? this.#last
      this.#reused &&= result.reused
      const next = result.status === 'STOPPED' ? STOPPED : await this.#goOn(place, result)
      if (typeof next !== 'string') return this.#end(next)
      name = next
    }
  }

  /** A flow that has changed since it was stopped may not have the place any more: then it begins anew. */
  #place(name: string): FlowPlace {
    const { places, start } = this.#flow
    return places.get(name) ?? (places.get(start) as FlowPlace)
  }

  /** The end of a flow that was asked to stop; throws when it must not go on for another reason. */
  #aborted(): StepEnd | undefined {
    const { signal, deadline, ownershipLost } = this.#scene
    deadline.assertNotPassed()
    if (!signal.aborted) return undefined
    const lost = ownershipLost()
    if (lost !== undefined || !isStopRequested(signal)) throw lost ?? signal.reason
    return STOPPED
  }

  #visit(element: FlowElement): Promise<FlowEnd> {
    if (isStep(element)) return this.#runStep(element)
    const kind = kindOf(element)
    if (kind === 'decision') return this.#decide(element as Decision)
    if (kind === 'flow') return new FlowWalk(element as Flow, this.#scene, { open: this.#open, last: this.#last }).run()
    return this.#split(element as Split)
  }

  async #runStep(step: Step<never>): Promise<FlowEnd> {
    await this.#open.abandon(this.#scene)
    const { execution, reused } = await runStep(step, this.#scene)
    const { status, exitStatus, failures } = execution
    if (status === 'FAILED') this.#open.add(execution)
    return {
      status: status === 'COMPLETED' || status === 'STOPPED' ? status : 'FAILED',
      abandoned: status === 'ABANDONED',
      exitStatus,
      failures,
      reused,
      last: execution,
    }
  }

  async #decide(decision: Decision): Promise<FlowEnd> {
    const { signal } = this.#scene
    const noStep = { failures: [], reused: true, last: undefined }
    try {
      const exitStatus = new ExitStatus(await this.#ask(decision))
      return { status: 'COMPLETED', exitStatus, ...noStep }
    } catch (error) {
      if (isStopRequested(signal) && isAbortOf(signal, error)) return { ...STOPPED, ...noStep }
      throw error
    }
  }

  async #ask({ name, decide }: Decision): Promise<string> {
    const { jobExecution, signal, logger, deadline } = this.#scene
    const parameters = this.#scene.parameters as never
    const decided = await deadline.race(decide({ jobExecution, stepExecution: this.#last, parameters, signal, logger }))
    if (typeof decided !== 'string' || decided === '') throw new DecisionError(name, decided)
    logger.info({ decision: name, decided }, 'decided')
    return decided
  }

  async #split(split: Split): Promise<FlowEnd> {
    await this.#open.abandon(this.#scene)
    this.#scene.passes.next(split.name)
    const branches = split.flows.map((flow) => ({ flow, open: new OpenFailures() }))
    const last = this.#last
    const run = branches.map(
      ({ flow, open }) =>
        () =>
          new FlowWalk(flow, this.#scene, { open, last }).run(),
    )
    const end = await runSplit(split, run)
    for (const { open } of branches) this.#open.add(...open.executions)
    return end
  }

  /** The name of the next place, or how the flow ends. */
  async #goOn(place: FlowPlace, result: FlowEnd): Promise<string | OwnEnd> {
    const target = route(place, result)
    if (target === 'own') return ownEnd(place, result)
    if (target.kind === 'to') return target.name
    if (target.kind === 'stop') return this.#stop(place, result, target.restartAt)
    const exitStatus = new ExitStatus(target.exitCode)
    if (target.kind === 'end') {
      await this.#open.abandon(this.#scene)
      return { status: 'COMPLETED', exitStatus }
    }
    const failures = result.failures.length > 0 ? result.failures : this.#open.failures
    return { status: 'FAILED', exitStatus: exitStatus.withDescription(result.exitStatus.exitDescription), failures }
  }

  #stop(place: FlowPlace, result: FlowEnd, restartAt: string | undefined): string | StepEnd {
    const { name } = place.element
    const { passes, jobExecution, stops } = this.#scene
    const placePass = passes.current(name)
    const isDecision = kindOf(place.element) === 'decision'
    const stoppedBefore = hasStoppedAt(jobExecution.executionContext, name, placePass)
    if (restartAt === undefined && result.reused && !isDecision && stoppedBefore) {
      return place.next ?? { status: 'COMPLETED', exitStatus: ExitStatus.COMPLETED }
    }
    stops.push({ flow: this.#flow.name, flowPass: this.#pass, place: name, placePass, restartAt })
    return STOPPED
  }

  #end({ status, exitStatus, failures = [], abandoned }: OwnEnd): FlowEnd {
    return { status, exitStatus, failures, abandoned, reused: this.#reused, last: this.#last }
  }
}
