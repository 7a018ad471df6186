import { job, jobStep } from 'chunkwise'
import { describe, expect, it } from 'vitest'
import { FlowLab } from './flow/flow-lab.js'
import { stores } from './flow/stores.js'

const WRITES = ['createJobExecution', 'createStepExecution', 'updateStepExecution', 'finishJobExecution']

/** Runs a job with a job as a step to its death at one write, and restarts it. False: there are not so many writes. */
async function dieAndRestart(lab: FlowLab, at: number, side: 'before' | 'after'): Promise<boolean> {
  let key = 0
  let writes = 0
  const inner = job(`${lab.name} child`, { parameters: { key: 'long' } })
    .start(lab.step('a'))
    .next(lab.step('b'))
    .build()
  const step = jobStep('child', inner, { parameters: () => ({ key: ++key }) })
  const made = job(lab.name).start(lab.step('first')).next(step).next(lab.step('last')).build()
  const died = await lab
    .runToDeath(made, (method) => (WRITES.includes(method) && writes++ === at ? side : undefined))
    .then(() => true)
    .catch(() => false)
  if (died && !(await hasCompleted(lab))) await lab.run(made)
  return died
}

async function hasCompleted(lab: FlowLab): Promise<boolean> {
  const [instance] = await lab.repository.listJobInstances(lab.name)
  const [execution] = await lab.repository.listJobExecutions(instance?.id ?? 0)
  return execution?.status === 'COMPLETED'
}

describe.each(stores)('a process that dies at any write of a job and its job step, remembered %s', (_, store) => {
  it.each(['before', 'after'] as const)('%s it is followed by one that ends the same two instances', async (side) => {
    for (let at = 0; ; at++) {
      const lab = await FlowLab.open(store)
      if (!(await dieAndRestart(lab, at, side))) return expect(at).toBeGreaterThan(12)
      const outer = await lab.repository.listJobInstances(lab.name)
      const inner = await lab.repository.listJobInstances(`${lab.name} child`)
      expect([at, outer.length, inner.length]).toEqual([at, 1, 1])
      for (const [instance, steps] of [
        [outer[0], ['first', 'child', 'last']],
        [inner[0], ['a', 'b']],
      ] as const) {
        const [execution] = await lab.repository.listJobExecutions(instance?.id ?? 0)
        expect([at, execution?.status]).toEqual([at, 'COMPLETED'])
        for (const name of steps) {
          const executions = await lab.repository.listStepExecutions(instance?.id ?? 0, name)
          const completed = executions.filter(({ status }) => status === 'COMPLETED')
          expect([at, name, completed.length]).toEqual([at, name, 1])
        }
      }
    }
  })
})
