import {
  chunk,
  chunkStep,
  decision,
  type DecisionContext,
  flow,
  type Job as JobValue,
  job,
  type JobDescription,
  JobOperator,
  jobStep,
  listPartitioner,
  MemoryJobRepository,
  nestedFlow,
  nestedJob,
  partition,
  partitionStep,
  flowStep,
  PoolTaskExecutor,
  RunIdIncrementer,
  split,
  stepScope,
  tasklet,
  taskletStep,
  type TaskletContext,
} from 'chunkwise'
import { ChunkStep, compileJob, compileStep, Decision, Job, Step, Tasklet } from 'chunkwise/decorators'
import { describe, expect, it } from 'vitest'

const reader = [1, 2, 3]
const writer = (): void => {}
const options = { chunkSize: 2, reader, writer } as const
const repository = new MemoryJobRepository()
const plain = <const N extends string>(name: N) => chunkStep(name, options)

function described(given: JobValue): JobDescription {
  return new JobOperator({ repository }).describe(given)
}

/** Both doors lead to the same: descriptions, and everything of the value that is no function. */
function expectSame(fromClass: JobValue, built: JobValue): void {
  expect(described(fromClass)).toEqual(described(built))
  const { flow: _flow, steps, ...rest } = built
  expect(fromClass).toMatchObject(rest)
  const settings = (one: JobValue): readonly object[] =>
    one.steps.map(({ name, allowStartIfComplete, startLimit, promotion, partitioned }) => ({
      name,
      allowStartIfComplete,
      startLimit,
      promotion,
      partitioned,
    }))
  expect(settings(fromClass)).toEqual(settings(built))
  expect(fromClass.steps.map(({ constructor }) => constructor)).toEqual(steps.map(({ constructor }) => constructor))
}

describe('compileJob gives the job that the builder gives', () => {
  it('for a line in the order of the class, with all options', () => {
    const executor = new PoolTaskExecutor({ corePoolSize: 2 })
    const settings = {
      parameters: { day: 'localDate', max: { type: 'long', default: 3, identifying: false } },
      incrementer: new RunIdIncrementer(),
      preventRestart: true,
      timeout: '5s',
      maxCrashes: 2,
    } as const

    @Job({ name: 'line', ...settings })
    class Line {
      @Step()
      load() {
        return chunk({ ...options, taskExecutor: executor, allowStartIfComplete: true, startLimit: 3 })
      }

      @Tasklet({ transactional: true, promote: ['count'] })
      count({ executionContext }: TaskletContext) {
        executionContext.put('count', 1)
      }

      @Step()
      tell() {
        return tasklet(() => {}, { outside: true })
      }
    }

    const more = { taskExecutor: executor, allowStartIfComplete: true, startLimit: 3 }
    const built = job('line', settings)
      .start(chunkStep('load', { ...options, ...more }))
      .next(taskletStep('count', () => {}, { transactional: true, promote: ['count'] }))
      .next(taskletStep('tell', () => {}, { outside: true }))
      .build()
    expectSame(compileJob(new Line()), built)
  })

  it('for transitions, ends, and branches that join', () => {
    @Job({ name: 'graph', parameters: { day: 'localDate' } })
    class Graph {
      @Step({ on: { FAILED: 'cleanUp', 'COMPLETED WITH *': { end: 'SKIPPED SOME' } } })
      load() {
        return chunk(options)
      }

      @Tasklet({ next: 'publish' })
      cleanUp() {}

      @Decision({ on: { WEEKEND: { stop: true }, AGAIN: 'load', BROKEN: { fail: true }, OLD: { fail: 'TOO OLD' } } })
      day({ parameters }: DecisionContext<{ day: string }>) {
        return parameters.day
      }

      @Step({ on: { COMPLETED: { end: true }, '*': { stopAndRestart: 'day' } } })
      publish() {
        return chunk(options)
      }
    }

    const [load, cleanUp, publish] = [plain('load'), taskletStep('cleanUp', () => {}), plain('publish')]
    const day = decision('day', ({ parameters }: DecisionContext<{ day: string }>) => parameters.day)
    const built = job('graph', { parameters: { day: 'localDate' } })
      .start(load)
      .on(load, 'FAILED')
      .to(cleanUp)
      .on(load, 'COMPLETED WITH *')
      .end('SKIPPED SOME')
      .next(day)
      .on(day, 'WEEKEND')
      .stop()
      .on(day, 'AGAIN')
      .to(load)
      .on(day, 'BROKEN')
      .fail()
      .on(day, 'OLD')
      .fail('TOO OLD')
      .next(publish)
      .on(publish, 'COMPLETED')
      .end()
      .on(publish, '*')
      .stopAndRestart(day)
      .from(cleanUp)
      .join(publish)
      .build()
    expectSame(compileJob(new Graph()), built)
  })

  it('for partitions, nested jobs, flows and splits', () => {
    const inner = job('inner', { parameters: { part: 'string' } })
      .start(plain('innerStep'))
      .build()
    const one = flow('one').start(plain('first')).next(plain('second')).build()
    const sides = [flow('left').start(plain('l')).build(), flow('right').start(plain('r')).build()] as const
    const parts = {
      partitioner: listPartitioner(['a', 'b']),
      step: chunkStep('part', { ...options, reader: () => reader }),
    }
    const nested = { parameters: () => ({ part: 'x' }), startLimit: 2 }

    @Job({ name: 'nesting' })
    class Nesting {
      @Step()
      cut() {
        return partition({ ...parts, gridSize: 2 })
      }

      @Step()
      inside() {
        return nestedJob(inner, nested)
      }

      @Step()
      asStep() {
        return nestedFlow(one, { allowStartIfComplete: true })
      }

      @Step()
      both() {
        return split('both', sides)
      }

      @Step({ on: { COMPLETED: { end: true }, '*': { fail: 'LAST' } } })
      last() {
        return flow('last').start(plain('lastOne')).build()
      }
    }

    const last = flow('last').start(plain('lastOne')).build()
    const built = job('nesting')
      .start(partitionStep('cut', { ...parts, gridSize: 2 }))
      .next(jobStep('inside', inner, nested))
      .next(flowStep('asStep', one, { allowStartIfComplete: true }))
      .next(split('both', sides))
      .next(last)
      .on(last, 'COMPLETED')
      .end()
      .on(last, '*')
      .fail('LAST')
      .build()
    expectSame(compileJob(new Nesting()), built)
  })

  it('for steps that are classes', () => {
    @ChunkStep({ chunkSize: 7, itemConcurrency: 2 })
    class Load {
      async *read() {
        yield* reader
      }

      process(item: number) {
        return String(item)
      }

      write(_items: readonly string[]) {}
    }

    @ChunkStep((it: Inside) => ({ chunkSize: it.size, commitOrder: 'read' }))
    class Inside {
      readonly transactional = true

      constructor(readonly size: number) {}

      reader() {
        return reader
      }

      write(_items: readonly number[]) {}
    }

    @ChunkStep({ chunkSize: 3 })
    class Made {
      reader() {
        return reader
      }

      processor() {
        return { process: (item: number) => item }
      }

      writer() {
        return { write: (_items: readonly number[]) => {} }
      }
    }

    @Job({ name: 'classes' })
    class Classes {
      @Step()
      load() {
        return Load
      }

      @Step()
      inside() {
        return new Inside(5)
      }

      @Step()
      made() {
        return compileStep(Made)
      }
    }

    const built = job('classes')
      .start(chunkStep('load', { chunkSize: 7, itemConcurrency: 2, reader: () => reader, processor: String, writer }))
      .next(chunkStep('inside', { chunkSize: 5, reader: () => reader, writer: { transactional: true, write() {} } }))
      .next(
        chunkStep('made', {
          chunkSize: 3,
          reader: () => reader,
          processor: stepScope(() => ({ process: (item: number) => item })),
          writer: stepScope(() => ({ write() {} })),
        }),
      )
      .build()
    expectSame(compileJob(new Classes()), built)
  })
})
