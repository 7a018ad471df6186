import {
  BatchError,
  contextKey,
  type DecisionContext,
  flow,
  flowStep,
  type ItemContext,
  job,
  type JobExecution,
  listPartitioner,
  MemoryJobRepository,
  partition,
  partitionStep,
  type ReadContext,
  RunIdIncrementer,
  type StepExecution,
  type TaskletContext,
  type WriteContext,
} from 'chunkwise'
import {
  AfterChunk,
  AfterJob,
  AfterStep,
  BeforeJob,
  BeforeStep,
  ChunkStep,
  compileJob,
  compileStep,
  Decision,
  DecoratorError,
  Job,
  JobContextValue,
  JobParam,
  Step,
  StepContextValue,
  Tasklet,
} from 'chunkwise/decorators'
import { runJob, runStep } from 'chunkwise/testing'
import { describe, expect, it, vi } from 'vitest'

const highest = contextKey<number>('highest')

describe('parameters of methods', () => {
  it('are given to tasklets, deciders and listeners, in their places', async () => {
    const seen: unknown[] = []

    @Job({ name: 'told', parameters: { day: 'localDate', max: 'long', note: { type: 'string', required: false } } })
    class Told {
      @BeforeJob()
      begin(@JobParam('day') day: string, execution: JobExecution) {
        seen.push(['begin', day, execution.jobName])
      }

      @Tasklet({ promote: ['highest'] })
      count(
        @JobParam('max') max: number,
        context: TaskletContext,
        @StepContextValue(highest) before: number | undefined,
        @JobParam('note') note: string | undefined,
      ) {
        seen.push(['count', max, before, note])
        context.executionContext.put(highest, (before ?? 0) + max)
        return before === undefined ? 'CONTINUABLE' : 'FINISHED'
      }

      @Decision({ on: { HIGH: { end: 'WAS HIGH' } } })
      isHigh(@JobContextValue(highest) found: number, { parameters }: DecisionContext<{ max: number }>) {
        seen.push(['isHigh', found, parameters.max])
        return found > parameters.max ? 'HIGH' : 'LOW'
      }

      @Tasklet()
      never() {}

      @AfterStep()
      ended(execution: StepExecution, @JobParam('day') day: string, @StepContextValue(highest) found: number) {
        seen.push(['ended', execution.stepName, day, found])
      }

      @AfterJob()
      report(@JobContextValue(highest) found: number) {
        seen.push(['report', found])
      }
    }

    const execution = await runJob(compileJob(new Told()), { day: '2024-02-29', max: 4 })
    expect(execution.exitStatus.exitCode).toBe('WAS HIGH')
    expect(seen).toEqual([
      ['begin', '2024-02-29', 'told'],
      ['count', 4, undefined, undefined],
      ['count', 4, 4, undefined],
      ['ended', 'count', '2024-02-29', 8],
      ['isHigh', 8, 4],
      ['report', 8],
    ])
  })

  it('are given to read, process and write of a class that is a step', async () => {
    @ChunkStep({ chunkSize: 2 })
    class Greet {
      readonly #mark = '!'
      readonly written: string[] = []

      async *read(@JobParam('names') names: string) {
        yield* names.split(',')
      }

      process(name: string, @JobParam('greeting') greeting: string) {
        return name === '' ? null : `${greeting} ${name}${this.#mark}`
      }

      write(lines: readonly string[], context: WriteContext, @StepContextValue('chunks') chunks: number | undefined) {
        context.executionContext.put('chunks', (chunks ?? 0) + 1)
        this.written.push(...lines)
      }

      @AfterChunk()
      told(_chunk: object, @StepContextValue('chunks') chunks: number) {
        this.written.push(`chunk ${chunks}`)
      }
    }
    const greet = new Greet()

    @Job({ name: 'greet', parameters: { names: 'string', greeting: 'string' } })
    class GreetJob {
      @Step()
      greetAll() {
        return greet
      }
    }

    const execution = await runJob(compileJob(GreetJob), { names: 'Ada,,Grace', greeting: 'Hello' })
    expect(execution.stepExecutions[0]?.counts).toMatchObject({ read: 3, filter: 1, write: 2 })
    expect(greet.written).toEqual(['Hello Ada!', 'chunk 1', 'Hello Grace!', 'chunk 2'])
  })

  it.each([
    ['read item by item', true],
    ['read by a generator', false],
  ])('a step that is a class and %s goes on behind its last chunk at a restart', async (_how, byItem) => {
    const written: number[] = []
    let broken = true

    class Common {
      process(item: number, { key }: ItemContext) {
        expect(key).not.toBe('')
        if (item === 4 && broken) throw new Error('broken')
        return item
      }

      write(items: readonly number[]) {
        written.push(...items)
      }
    }

    @ChunkStep({ chunkSize: 2 })
    class ByItem extends Common {
      #next = 1
      isOpen = false

      open(position: unknown) {
        this.isOpen = true
        this.#next = (position as number | undefined) ?? 1
      }

      read(_context: ReadContext) {
        return this.#next > 5 ? null : this.#next++
      }

      position() {
        return this.#next
      }

      close() {
        this.isOpen = false
      }
    }

    @ChunkStep({ chunkSize: 2 })
    class ByGenerator extends Common {
      async *read() {
        for (let item = 1; item <= 5; item++) yield await Promise.resolve(item)
      }
    }

    @Job({ name: 'restarted' })
    class Restarted {
      @Step()
      load() {
        return byItem ? ByItem : ByGenerator
      }
    }

    const repository = new MemoryJobRepository()
    const restarted = compileJob(new Restarted())
    expect((await runJob(restarted, {}, { repository })).status).toBe('FAILED')
    expect(written).toEqual([1, 2])
    broken = false
    expect((await runJob(restarted, {}, { repository })).status).toBe('COMPLETED')
    expect(written).toEqual([1, 2, 3, 4, 5])
  })
})

describe('a step that is a class', () => {
  it('runs side by side in partitions, each with what its context has', async () => {
    const written = new Map<string, readonly string[]>()

    @ChunkStep({ chunkSize: 10 })
    class Load {
      async *read(@StepContextValue('values') values: readonly string[], @JobParam('greeting') greeting: string) {
        for (const value of values) yield await Promise.resolve(`${greeting} ${value}`)
      }

      write(items: readonly string[], { stepExecution }: WriteContext) {
        written.set(stepExecution.stepName, items)
      }
    }

    @Job({ name: 'parts', parameters: { greeting: 'string' } })
    class Parts {
      constructor(private readonly load: Load) {}

      @Step()
      cut() {
        const step = compileStep<{ greeting: string }>(this.load).named('load')
        return partition({ partitioner: listPartitioner(['a', 'b', 'c']), step, gridSize: 2 })
      }
    }

    const execution = await runJob(compileJob(new Parts(new Load())), { greeting: 'Hello' })
    expect(execution.status).toBe('COMPLETED')
    const all = [...written.values()].flat()
    expect(all.toSorted()).toEqual(['Hello a', 'Hello b', 'Hello c'])
    expect(written.size).toBeGreaterThan(1)
  })

  it('is told of its end with its parameters also where another listener has failed at its beginning', async () => {
    const told: unknown[] = []

    @ChunkStep({ chunkSize: 1 })
    class Load {
      read() {
        return null
      }

      write() {}

      @AfterStep()
      ended({ status }: StepExecution, @JobParam('max') max: number) {
        told.push(status, max)
      }
    }

    @Job({ name: 'failing', parameters: { max: 'long' } })
    class Failing {
      @Step()
      load() {
        return Load
      }

      @BeforeStep()
      begin() {
        throw new Error('no')
      }
    }
    expect((await runJob(compileJob(Failing), { max: 3 })).status).toBe('FAILED')
    expect(told).toEqual(['FAILED', 3])
  })
})

describe('what a parameter gets', () => {
  /** The values of one job, as a method sees them. */
  async function seen(types: 'given' | 'emitted'): Promise<readonly unknown[]> {
    const values: unknown[] = []
    const parameters = { day: 'localDate', id: 'bigint', flag: 'string', at: 'date', max: 'long' } as const

    @Job({ name: 'given', parameters })
    class Explicit {
      @Tasklet()
      look(
        @JobParam('day', Date) day: Date,
        @JobParam('id', Number) id: number,
        @JobParam('flag', Boolean) flag: boolean,
        @JobParam('at', String) at: string,
        @JobParam('max', (max: number) => [max]) max: readonly number[],
      ) {
        values.push(day, id, flag, at, max)
      }
    }

    @Job({ name: 'emitted', parameters })
    class Emitted {
      @Tasklet()
      look(
        @JobParam('day') day: Date,
        @JobParam('id') id: number,
        @JobParam('flag') flag: boolean,
        @JobParam('at') at: string,
        @JobParam('max') max: bigint,
      ) {
        values.push(day, id, flag, at, max)
      }
    }

    const job = compileJob(types === 'given' ? Explicit : Emitted)
    const given = { day: '2024-02-29', id: 7n, flag: 'false', at: new Date(5), max: 3 }
    ;(await runJob(job, given)).throwIfUnsuccessful()
    return values
  }
  const four = [new Date('2024-02-29'), 7, false, '1970-01-01T00:00:00.005Z']

  it('is made by what the decorator says', async () => {
    expect(await seen('given')).toEqual([...four, [3]])
  })

  it('or by the type that the compiler has emitted', async () => {
    expect(await seen('emitted')).toEqual([...four, 3n])
  })

  it('fails the step, naming class and method, when it cannot be made', async () => {
    @Job({ name: 'unfit', parameters: { max: 'string' } })
    class Unfit {
      @Tasklet()
      look(@JobParam('max', Number) _max: number) {}
    }
    const { status, failures, stepExecutions } = await runJob(compileJob(Unfit), { max: 'many' })
    expect(status).toBe('FAILED')
    const [error] = [...failures, ...(stepExecutions[0]?.failures ?? [])]
    expect(error).toBeInstanceOf(DecoratorError)
    expect((error as Error).message).toBe(
      'Unfit.look: the value of @JobParam("max") does not fit: "many" cannot become a number',
    )
  })
})

describe('compileStep', () => {
  it('gives a step for tests and for jobs that are built', async () => {
    @ChunkStep({ chunkSize: 10 })
    class Count {
      read: (context: ReadContext) => number | null = () => null
      write() {}
    }
    const execution = await runStep(compileStep(new Count()).named('count'))
    expect(execution).toMatchObject({ status: 'COMPLETED', stepName: 'count' })
  })

  describe('of a class that reads a parameter', () => {
    @ChunkStep({ chunkSize: 10 })
    class Load {
      *read() {}
      write(_items: readonly never[], @JobParam('region') _region?: string) {}
    }
    const load = compileStep<{ region: string }>(new Load()).named('load')
    const undeclared =
      'Load.write: @JobParam("region"): the job does not declare such a parameter; did you mean "regions"?'
    // As far as the compiler is told, the jobs declare it: what they do declare only run time sees.
    const regions = { regions: 'string' } as unknown as { region: 'string' }
    const worker = partitionStep('parts', { partitioner: listPartitioner([1]), step: load })
    const inside = flow('inside').start(load).build()

    it.each([
      ['on its own', () => job('loads', { parameters: regions }).start(load).build()],
      ['as the worker of partitions', () => job('loads', { parameters: regions }).start(worker).build()],
      ['inside a flow', () => job('loads', { parameters: regions }).start(inside).build()],
      ['inside a flow step', () => job('loads', { parameters: regions }).start(flowStep('flow', inside)).build()],
    ])('is refused by a job that does not declare it: %s', (_where, build) => {
      expect(build).toThrow(DecoratorError)
      expect(build).toThrow(undeclared)
    })

    it('stands in a job that declares it, or whose incrementer does', async () => {
      const declaring = job('loads', { parameters: { region: 'string' } })
        .start(worker)
        .build()
      expect(await runJob(declaring, { region: 'AT' })).toMatchObject({ status: 'COMPLETED' })
      const incrementer = new RunIdIncrementer({ name: 'region' })
      const counted = compileStep(new Load()).named('load')
      expect(() => job('loads', { incrementer }).start(counted).build()).not.toThrow()
    })
  })
})

describe('two copies of the package', () => {
  it('understand one another: the one compiles and runs what the decorators of the other have said', async () => {
    const written: unknown[] = []

    @ChunkStep({ chunkSize: 2 })
    class Load {
      read() {
        return written.length < 2 ? 1 : null
      }

      write(items: readonly number[], @JobParam('max') max: number) {
        written.push(...items, max)
      }
    }

    @Job({ name: 'shared', parameters: { max: 'long' } })
    class Shared {
      @Step()
      load() {
        return Load
      }

      @AfterJob()
      ended(@JobParam('max') max: number) {
        written.push(['ended', max])
      }
    }

    @Job({ name: 'broken' })
    class Broken extends Shared {}

    vi.resetModules()
    const [copy, testing] = [await import('chunkwise/decorators'), await import('chunkwise/testing')]
    expect(copy.compileJob).not.toBe(compileJob)
    expect((await testing.runJob(copy.compileJob(Shared), { max: 7 })).status).toBe('COMPLETED')
    expect(written).toEqual([1, 1, 7, ['ended', 7]])
    const thrown = refusal(() => copy.compileJob(Broken))
    expect(thrown).toBeInstanceOf(BatchError)
    expect(thrown).toBeInstanceOf(DecoratorError)
    expect((thrown as DecoratorError).method).toBe('ended')
  })
})

function refusal(run: () => unknown): unknown {
  try {
    run()
  } catch (error) {
    return error
  }
  throw new Error('nothing was refused')
}
