import { chunk, ExitStatus, flow, type JobExecution, nestedFlow, type StepContext, type StepExecution } from 'chunkwise'
import * as decorators from 'chunkwise/decorators'
import {
  AfterJob,
  AfterStep,
  BeforeJob,
  BeforeStep,
  ChunkStep,
  compileJob,
  Job,
  OnRetry,
  OnSkipInWrite,
  Step,
  Tasklet,
} from 'chunkwise/decorators'
import { runJob } from 'chunkwise/testing'
import { describe, expect, it } from 'vitest'
import { LISTENER_EVENTS } from '../../src/listener/check-listeners.js'

const grid: ReadonlyMap<string, unknown> = new Map(
  Object.entries(decorators).filter(([name]) => /^(Before|After|On)[A-Z]/.test(name)),
)

describe('listeners among the methods of a class', () => {
  it('there is a decorator for each event', () => {
    const names = LISTENER_EVENTS.map((event) => `${event.charAt(0).toUpperCase()}${event.slice(1)}`)
    expect([...grid.keys()].toSorted()).toEqual(names.toSorted())
  })

  it('each event reaches the method that has its decorator', async () => {
    const told: string[] = []
    let attempts = 0

    @ChunkStep({ chunkSize: 2, retry: { maxAttempts: 2, on: [RangeError] }, skip: { limit: 9, on: [Error] } })
    class Load {
      #next = 0

      read() {
        if (++this.#next === 2) throw new Error('unreadable')
        return this.#next > 6 ? null : this.#next
      }

      process(item: number) {
        if (item === 1 && attempts++ === 0) throw new RangeError('once')
        if (item === 3) throw new Error('unprocessable')
        return item
      }

      write(items: readonly number[]) {
        if (items.includes(5)) throw new Error('unwritable')
      }
    }
    for (const event of LISTENER_EVENTS.slice(2)) {
      Object.assign(Load.prototype, { [event]: () => void told.push(event) })
      const decorator = grid.get(`${event.charAt(0).toUpperCase()}${event.slice(1)}`) as () => MethodDecorator
      decorator()(Load.prototype, event, {})
    }

    @Job({ name: 'grid' })
    class Grid {
      @BeforeJob()
      begin() {
        told.push('beforeJob')
      }

      @AfterJob()
      end(execution: JobExecution) {
        told.push(`afterJob ${execution.status}`)
      }

      @Step()
      load() {
        return new Load()
      }
    }

    const execution = await runJob(compileJob(Grid))
    expect(execution.stepExecutions[0]?.counts).toMatchObject({ readSkip: 1, processSkip: 1, writeSkip: 1, write: 3 })
    expect(told.at(0)).toBe('beforeJob')
    expect(told.at(-1)).toBe('afterJob COMPLETED')
    const missing = LISTENER_EVENTS.slice(2).filter((event) => !told.includes(event))
    expect(missing).toEqual(['onChunkError'])
  })

  it('those of a step are told around those of its definition, and only of the steps they name', async () => {
    const told: string[] = []
    const own = (name: string) => ({
      beforeStep: () => void told.push(`${name} begins`),
      afterStep: () => void told.push(`${name} ends`),
    })

    @Job({ name: 'around' })
    class Around {
      @Tasklet({ listeners: [own('own')], retry: { maxAttempts: 2, on: [Error] } })
      first() {
        if (!told.includes('retry')) throw new Error('once')
      }

      @Step()
      second() {
        return chunk({ chunkSize: 1, reader: [1], writer: () => {}, listeners: [own('second')] })
      }

      @Step()
      third() {
        const inner = chunk({ chunkSize: 1, reader: [1], writer: () => {} })
        return nestedFlow(flow('inner').start(inner.named('innerStep')).build(), { listeners: [own('third')] })
      }

      @BeforeStep()
      begin({ stepExecution }: StepContext) {
        told.push(`class: ${stepExecution.stepName} begins`)
      }

      @AfterStep({ steps: ['first'] })
      end({ stepName }: StepExecution) {
        told.push(`class: ${stepName} ends`)
        return new ExitStatus('COMPLETED', 'told')
      }

      @OnRetry()
      again() {
        told.push('retry')
      }
    }

    const { status, stepExecutions } = await runJob(compileJob(Around))
    expect(status).toBe('COMPLETED')
    expect(stepExecutions[0]?.exitStatus.exitDescription).toContain('told')
    expect(told).toEqual([
      'class: first begins',
      'own begins',
      'retry',
      'own ends',
      'class: first ends',
      'class: second begins',
      'second begins',
      'second ends',
      'class: third begins',
      'third begins',
      'third ends',
    ])
  })

  it('one method may be told of several events, and of skips inside the transaction', async () => {
    const skipped: unknown[] = []

    @Job({ name: 'skips' })
    class Skips {
      @Step()
      load() {
        const writer = (items: readonly number[]): void => {
          if (items.includes(2)) throw new Error('bad')
        }
        return chunk({ chunkSize: 3, reader: [1, 2, 3], writer, skip: { limit: 1, on: [Error] } })
      }

      @OnSkipInWrite()
      @AfterStep()
      told(what: unknown) {
        skipped.push(what)
      }
    }
    const { stepExecutions } = await runJob(compileJob(Skips))
    expect(skipped).toEqual([2, expect.objectContaining({ stepName: 'load', counts: stepExecutions[0]?.counts })])
  })
})
