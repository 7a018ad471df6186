import {
  chunk,
  chunkStep,
  flow,
  InvalidOptionError,
  job,
  JobOperator,
  jobStep,
  listPartitioner,
  MemoryJobRepository,
  nestedFlow,
  flowStep,
  nestedJob,
  type NoParameters,
  partition,
  partitionStep,
  type Step,
  tasklet,
  taskletStep,
} from 'chunkwise'
import { runStep } from 'chunkwise/testing'
import { describe, expect, it } from 'vitest'

type Plain = Step<NoParameters>
const options = { chunkSize: 1, reader: () => [1], writer: () => {} } as const
const inner = job('inner').start(chunkStep('innerStep', options)).build()
const steps = flow('steps').start(chunkStep('flowStep', options)).build()
const partitions = { partitioner: listPartitioner(['a']), step: chunkStep('part', options) }

describe('a step without a name', () => {
  it.each<[string, Plain, Plain]>([
    ['chunk', chunk(options).named('one'), chunkStep('one', options)],
    ['tasklet', tasklet(() => {}).named('one'), taskletStep('one', () => {})],
    ['partition', partition(partitions).named('one'), partitionStep('one', partitions)],
    ['nestedJob', nestedJob(inner).named('one'), jobStep('one', inner)],
    ['nestedFlow', nestedFlow(steps).named('one'), flowStep('one', steps)],
  ])('is with a name what the other function makes: %s', (_function, named, made) => {
    const operator = new JobOperator({ repository: new MemoryJobRepository() })
    const described = (step: Plain): unknown => operator.describe(job('j').start(step).build())
    expect(described(named)).toEqual(described(made))
    expect(named.constructor).toBe(made.constructor)
  })

  it.each<[string, () => unknown, string]>([
    ['chunk', () => chunk({ ...options, chunkSize: 0 }), 'chunk.chunkSize'],
    ['tasklet', () => tasklet(null as never), 'tasklet.tasklet'],
    ['tasklet', () => tasklet(() => {}, { retrys: 1 } as never), 'tasklet.retrys'],
    ['partition', () => partition({ ...partitions, gridSize: 0 }), 'partition.gridSize'],
    ['nestedJob', () => nestedJob(undefined as never), 'nestedJob.job'],
    ['nestedFlow', () => nestedFlow(inner as never), 'nestedFlow.flow'],
    ['a name', () => chunk(options).named(''), 'chunkStep.name'],
  ])('refuses bad options where they are given: %s', (_function, make, option) => {
    expect(make).toThrow(InvalidOptionError)
    expect(make).toThrow(new RegExp(`^${option.replace('.', '\\.')} `))
  })

  it('may be named several times, with listeners around those of its options', async () => {
    const told: string[] = []
    const listening = (name: string) => ({
      beforeStep: () => void told.push(`${name} begins`),
      afterStep: () => void told.push(`${name} ends`),
    })
    const definition = tasklet(() => {}, { listeners: [listening('own')] })
    await runStep(definition.named('a', [listening('outer')]))
    await runStep(definition.named('b'))
    expect(told).toEqual(['outer begins', 'own begins', 'own ends', 'outer ends', 'own begins', 'own ends'])
  })
})

describe('join', () => {
  const [load, cleanUp, publish, tell] = ['load', 'cleanUp', 'publish', 'tell'].map((name) => chunkStep(name, options))

  it('leads the line on to something that is there, and the line goes on behind it', async () => {
    const [a, b, c, d] = [load, cleanUp, publish, tell] as [Plain, Plain, Plain, Plain]
    const joined = job('j').start(a).on(a, 'FAILED').to(b).next(c).from(b).join(c).next(d).build()
    await using operator = new JobOperator({ repository: new MemoryJobRepository() })
    expect(operator.describe(joined).transitions).toEqual([
      { from: 'load', on: 'FAILED', to: 'cleanUp' },
      { from: 'load', to: 'publish' },
      { from: 'cleanUp', to: 'publish' },
      { from: 'publish', to: 'tell' },
    ])
    const { status, stepExecutions } = await operator.run(joined)
    expect(status).toBe('COMPLETED')
    expect(stepExecutions.map(({ stepName }) => stepName)).toEqual(['load', 'publish', 'tell'])
  })

  it('refuses what is not there, a second next, and a loop without a way out', () => {
    const [a, b] = [load, cleanUp] as [Plain, Plain]
    expect(() => job('j').start(a).join(b).build()).toThrow(/join must be something that start, next or to/)
    expect(() => job('j').start(a).next(b).from(a).join(b).build()).toThrow(/next must be left out/)
    expect(() => job('j').start(a).next(b).join(a).build()).toThrow(/a place from which the flow can end/)
  })
})
