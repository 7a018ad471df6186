import { job, JobOperator, jobStep, type StepContext } from 'chunkwise'
import { describe, expect, it } from 'vitest'
import { FlowLab } from './flow/flow-lab.js'
import { stores } from './flow/stores.js'

/** A job for the step, and what is stored of its instances: the exit of each execution, the first first. */
function child(lab: FlowLab, outcomes: readonly string[] = []) {
  const name = `${lab.name} child`
  const made = job(name, {
    parameters: { key: 'string', note: { type: 'string', required: false, identifying: false } },
  })
    .start(lab.step('inside', outcomes))
    .build()
  const instances = async (): Promise<unknown[]> => {
    const found = (await lab.repository.listJobInstances(name)).toReversed()
    return Promise.all(
      found.map(async ({ id }) => {
        const executions = await lab.repository.listJobExecutions(id)
        const key = executions[0]?.parameters.get('key')?.value
        return [key, ...executions.toReversed().map(({ status }) => status)]
      }),
    )
  }
  return { job: made, instances }
}

describe.each(stores)('a job as a step, remembered %s', (_, store) => {
  it('is an instance of its own, whose exit code is the step’s', async () => {
    const lab = await FlowLab.open(store)
    const { job: inner, instances } = child(lab, ['ODD'])
    const step = jobStep('child', inner, { parameters: () => ({ key: 'a', note: 'n' }) })
    const made = job(lab.name).start(step).on(step, 'ODD').to(lab.step('b')).build()
    expect(await lab.run(made)).toEqual({ job: 'COMPLETED', steps: ['child COMPLETED/ODD', 'b COMPLETED'] })
    expect(await instances()).toEqual([['a', 'COMPLETED']])
  })

  it('takes its parameters from those of the job, and what earlier steps have promoted', async () => {
    const lab = await FlowLab.open(store)
    const { job: inner, instances } = child(lab)
    const during = ({
      stepExecution,
    }: {
      stepExecution: { executionContext: { put(key: string, value: string): void } }
    }) => stepExecution.executionContext.put('found', 'b')
    const step = jobStep('child', inner, {
      parameters: async ({ parameters, jobExecutionContext }: StepContext<{ key: string }>) => ({
        key: `${parameters.key}${jobExecutionContext.get<string>('found')}`,
      }),
    })
    const made = job(lab.name, { parameters: { key: 'string' } })
      .start(lab.step('first', [], { during, promote: ['found'] }))
      .next(step)
      .build()
    expect((await lab.run(made as never, { key: 'a' })).job).toBe('COMPLETED')
    expect(await instances()).toEqual([['ab', 'COMPLETED']])
  })

  it('that fails fails the step, and the restart restarts the same instance, whatever parameters are given then', async () => {
    const lab = await FlowLab.open(store)
    const { job: inner, instances } = child(lab, ['FAIL', 'COMPLETED'])
    const keys = ['first', 'second']
    const made = job(lab.name)
      .start(jobStep('child', inner, { parameters: () => ({ key: keys.shift() as string }) }))
      .build()
    expect(await lab.run(made)).toEqual({ job: 'FAILED', steps: ['child FAILED'] })
    expect(lab.last.failures).toMatchObject([{ code: 'BATCH_JOB_EXECUTION_UNSUCCESSFUL' }])
    expect(await lab.run(made)).toEqual({ job: 'COMPLETED', steps: ['child COMPLETED'] })
    expect(await instances()).toEqual([['first', 'FAILED', 'COMPLETED']])
  })

  it('keeps its instance also when the restart gives an identifying parameter that was left out before', async () => {
    const lab = await FlowLab.open(store)
    const name = `${lab.name} child`
    const inner = job(name, { parameters: { key: { type: 'string', required: false } } })
      .start(lab.step('inside', ['FAIL', 'COMPLETED']))
      .build()
    const given = [{}, { key: 'late' }]
    const made = job(lab.name)
      .start(jobStep('child', inner, { parameters: () => given.shift() ?? {} }))
      .build()
    await lab.run(made)
    expect((await lab.run(made)).job).toBe('COMPLETED')
    expect(await lab.repository.listJobInstances(name)).toHaveLength(1)
  })

  it('takes what does not identify it anew in the restart', async () => {
    const lab = await FlowLab.open(store)
    const { job: inner } = child(lab, ['FAIL', 'COMPLETED'])
    const notes = ['first', 'second']
    const parameters = () => ({ key: 'a', note: notes.shift() as string })
    const made = job(lab.name)
      .start(jobStep('child', inner, { parameters }))
      .build()
    await lab.run(made)
    await lab.run(made)
    const [instance] = await lab.repository.listJobInstances(inner.name)
    const executions = await lab.repository.listJobExecutions(instance?.id ?? 0)
    expect(executions.map((one) => one.parameters.get('note')?.value)).toEqual(['second', 'first'])
  })

  it('keeps identifying parameters of every type', async () => {
    const lab = await FlowLab.open(store)
    const shape = {
      day: 'date',
      id: 'bigint',
      part: 'double',
      at: 'localDateTime',
      full: 'boolean',
      n: 'long',
    } as const
    const inner = job(`${lab.name} child`, { parameters: shape })
      .start(lab.step('inside', ['FAIL', 'COMPLETED']))
      .build()
    const given = { day: new Date('2025-12-21'), id: 2n ** 60n, part: 0.1, at: '2025-12-21T10:00:00', full: true, n: 7 }
    const made = job(lab.name)
      .start(jobStep('child', inner, { parameters: () => given }))
      .build()
    await lab.run(made)
    expect((await lab.run(made)).job).toBe('COMPLETED')
    expect(await lab.repository.listJobInstances(inner.name)).toHaveLength(1)
  })

  it('killed with its parent is the same instance in the restart', async () => {
    const lab = await FlowLab.open(store)
    const { job: inner, instances } = child(lab, ['DIE', 'COMPLETED'])
    const keys = ['first', 'second']
    const made = job(lab.name)
      .start(jobStep('child', inner, { parameters: () => ({ key: keys.shift() as string }) }))
      .build()
    await lab.runToDeath(made)
    expect(await lab.run(made)).toEqual({ job: 'COMPLETED', steps: ['child COMPLETED'] })
    expect(await instances()).toEqual([['first', 'FAILED', 'COMPLETED']])
  })

  it('that completed just before its parent died is taken as done', async () => {
    const lab = await FlowLab.open(store)
    const { job: inner, instances } = child(lab, ['ODD'])
    const keys = ['first', 'second']
    const step = jobStep('child', inner, { parameters: () => ({ key: keys.shift() as string }) })
    const made = job(lab.name).start(step).build()
    await lab.runToDeath(made, (method) => (method === 'finishJobExecution' ? 'after' : undefined))
    expect(await lab.run(made)).toEqual({ job: 'COMPLETED/ODD', steps: ['child COMPLETED/ODD'] })
    expect(await instances()).toEqual([['first', 'COMPLETED']])
    expect(lab.ran).toEqual(['inside'])
  })

  it('that somebody else has completed is JobInstanceAlreadyCompleteError', async () => {
    const lab = await FlowLab.open(store)
    const { job: inner } = child(lab)
    await lab.run(inner as never, { key: 'a' })
    const made = job(lab.name)
      .start(jobStep('child', inner, { parameters: () => ({ key: 'a' }) }))
      .build()
    expect(await lab.run(made)).toEqual({ job: 'FAILED', steps: ['child FAILED'] })
    expect(lab.last.failures).toMatchObject([{ code: 'BATCH_JOB_INSTANCE_ALREADY_COMPLETE' }])
  })

  it('that somebody else had completed starts another instance, once the step gives other parameters', async () => {
    const lab = await FlowLab.open(store)
    const { job: inner, instances } = child(lab)
    await lab.run(inner as never, { key: 'a' })
    const keys = ['a', 'b']
    const made = job(lab.name)
      .start(jobStep('child', inner, { parameters: () => ({ key: keys.shift() as string }) }))
      .build()
    expect((await lab.run(made)).job).toBe('FAILED')
    expect((await lab.run(made)).job).toBe('COMPLETED')
    expect(await instances()).toEqual([
      ['a', 'COMPLETED'],
      ['b', 'COMPLETED'],
    ])
  })

  it('for another instance of the outer job is JobInstanceAlreadyCompleteError too', async () => {
    const lab = await FlowLab.open(store)
    const { job: inner } = child(lab)
    const made = job(lab.name, { parameters: { n: 'long' } })
      .start(jobStep('child', inner, { parameters: () => ({ key: 'a' }) }))
      .build()
    expect((await lab.run(made as never, { n: 1 })).job).toBe('COMPLETED')
    expect((await lab.run(made as never, { n: 2 })).job).toBe('FAILED')
    expect(lab.last.failures).toMatchObject([{ code: 'BATCH_JOB_INSTANCE_ALREADY_COMPLETE' }])
  })

  it('in a loop is not taken as done because an earlier pass has completed the same instance', async () => {
    const lab = await FlowLab.open(store)
    const { job: inner, instances } = child(lab)
    const step = jobStep('child', inner, { parameters: () => ({ key: 'same' }) })
    const check = lab.step('check', ['AGAIN', 'DONE'])
    const made = job(lab.name).start(step).next(check).on(check, 'AGAIN').to(step).on(check, 'DONE').end().build()
    expect((await lab.run(made)).job).toBe('FAILED')
    expect(lab.last.failures).toMatchObject([{ code: 'BATCH_JOB_INSTANCE_ALREADY_COMPLETE' }])
    expect(await instances()).toEqual([['same', 'COMPLETED']])
  })

  it('in a loop starts an instance in each pass', async () => {
    const lab = await FlowLab.open(store)
    const { job: inner, instances } = child(lab)
    let n = 0
    const step = jobStep('child', inner, { parameters: () => ({ key: String(++n) }) })
    const check = lab.step('check', ['AGAIN', 'DIE', 'DONE'])
    const made = job(lab.name).start(step).next(check).on(check, 'AGAIN').to(step).on(check, 'DONE').end().build()
    await lab.runToDeath(made)
    expect((await lab.run(made)).job).toBe('COMPLETED')
    expect(await instances()).toEqual([
      ['1', 'COMPLETED'],
      ['2', 'COMPLETED'],
    ])
  })

  it('whose parameters do not fit fails the step before anything is started', async () => {
    const lab = await FlowLab.open(store)
    const { job: inner, instances } = child(lab)
    const parameters = () => ({ key: 7 }) as unknown as { key: string }
    await lab.run(
      job(lab.name)
        .start(jobStep('child', inner, { parameters }))
        .build(),
    )
    expect(lab.last).toMatchObject({ status: 'FAILED', failures: [{ code: 'BATCH_INVALID_PARAMETERS' }] })
    expect(await instances()).toEqual([])
  })
})

describe.each(stores)('a stop of a job as a step, remembered %s', (_, store) => {
  const untilAborted = ({ context: { signal } }: { context: { signal: AbortSignal } }) =>
    new Promise((_resolve, reject) => {
      const end = (): void => reject(signal.reason as Error)
      if (signal.aborted) end()
      else signal.addEventListener('abort', end)
    })

  function setUp(lab: FlowLab, whom: string) {
    let stopping = Promise.resolve(false)
    const operator = new JobOperator({ repository: lab.repository })
    const during = async (runtime: { context: { signal: AbortSignal } }): Promise<void> => {
      if (lab.ran.length > 1) return
      const [running] = await lab.repository.listRunningJobExecutions(whom)
      stopping = operator.stop(running?.id ?? 0)
      await untilAborted(runtime)
    }
    const inner = job(`${lab.name} child`)
      .start(lab.step('inside', [], { during }))
      .build()
    const made = job(lab.name).start(jobStep('child', inner)).next(lab.step('b')).build()
    const run = async (): Promise<void> => {
      lab.last = await operator.run(made)
      await stopping
      await operator.close()
    }
    const innerStored = async (): Promise<readonly string[]> => {
      const [instance] = await lab.repository.listJobInstances(inner.name)
      return (await lab.repository.listJobExecutions(instance?.id ?? 0)).map(({ status }) => status)
    }
    return { made, run, innerStored }
  }

  it.each([
    ['of the outer job reaches the inner one', ''],
    ['of the inner job alone stops the outer one', ' child'],
  ])('%s, and the restart goes on with both', async (_what, whom) => {
    const lab = await FlowLab.open(store)
    const { made, run, innerStored } = setUp(lab, lab.name + whom)
    await run()
    expect(await lab.stored()).toEqual({ job: 'STOPPED', steps: ['child STOPPED'] })
    expect(await innerStored()).toEqual(['STOPPED'])
    expect(await lab.run(made)).toEqual({ job: 'COMPLETED', steps: ['child COMPLETED', 'b COMPLETED'] })
    expect(await innerStored()).toEqual(['COMPLETED', 'STOPPED'])
  })
})
