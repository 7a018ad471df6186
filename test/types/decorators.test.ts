import {
  chunk,
  chunkStep,
  type DecisionContext,
  type Job as JobValue,
  type ListenerEvents,
  type OutsideTaskletContext,
  type ReadContext,
  type StepContext,
  tasklet,
  type TaskletContext,
} from 'chunkwise'
import type * as decorators from 'chunkwise/decorators'
import {
  AfterStep,
  ChunkStep,
  compileJob,
  Decision,
  Job,
  JobParam,
  OnSkipInWrite,
  Step,
  Tasklet,
} from 'chunkwise/decorators'
import { describe, expectTypeOf, it } from 'vitest'

/** Code that is compiled, and never run. */
const types = (code: () => unknown): void => {
  expectTypeOf(code).toBeFunction()
}

const options = { chunkSize: 1, reader: [1], writer: () => {} } as const

type Grid = Extract<keyof typeof decorators, `${'Before' | 'After' | 'On'}${string}`>

describe('the types of decorators', () => {
  it('there is one for each event of a listener, and no other', () => {
    expectTypeOf<Grid>().toEqualTypeOf<Capitalize<keyof ListenerEvents>>()
  })

  it('refuse a @Step that says no step, wants arguments, or names a step otherwise', () => {
    types(() => {
      class Steps {
        @Step() plain() {
          return chunk(options)
        }
        @Step() dated() {
          return tasklet(({ parameters }: TaskletContext<{ day: Date }>) => void parameters.day)
        }
        @Step() ready() {
          return chunkStep('ready', options)
        }
        // @ts-expect-error it returns nothing
        @Step() nothing() {}
        // @ts-expect-error it returns something else
        @Step() other() {
          return { chunkSize: 1 }
        }
        // @ts-expect-error it returns a promise
        @Step() async promised() {
          return chunk(options)
        }
        // @ts-expect-error it is called without arguments
        @Step() asking(_day: Date) {
          return chunk(options)
        }
        // @ts-expect-error the step has another name
        @Step() renamed() {
          return chunkStep('other', options)
        }
      }
      return Steps
    })
  })

  it('refuse a transition to no method of the class', () => {
    types(() => {
      class Transitions {
        @Step({ on: { FAILED: 'cleanUp', X: { stopAndRestart: 'load' }, Y: { end: 'DONE' } }, next: 'decide' })
        load() {
          return chunk(options)
        }
        @Tasklet({ on: { '*': { fail: true } } }) cleanUp() {}
        @Decision({ on: { AGAIN: 'load', ENOUGH: { stop: true } } }) decide() {
          return 'AGAIN'
        }
        // @ts-expect-error there is no such method
        @Step({ on: { FAILED: 'cleenUp' } }) first() {
          return chunk(options)
        }
        // @ts-expect-error neither to restart at
        @Tasklet({ on: { FAILED: { stopAndRestart: 'lod' } } }) second() {}
        // @ts-expect-error nor as what comes next
        @Tasklet({ next: 'publish' }) third() {}
        // @ts-expect-error no end
        @Tasklet({ on: { FAILED: { ends: true } } }) fourth() {}
        // @ts-expect-error a listener of a step that is not there
        @AfterStep({ steps: ['lod'] }) told() {}
        @AfterStep({ steps: ['load'] }) toldToo() {}
        readonly value = 1
        // @ts-expect-error no method
        @Tasklet({ next: 'value' }) fifth() {}
      }
      return Transitions
    })
  })

  it('refuse methods whose results mean nothing', () => {
    types(() => {
      class Results {
        @Tasklet() done() {}
        @Tasklet() async again() {
          return 'CONTINUABLE' as const
        }
        @Tasklet({ outside: true }) apart(_context: OutsideTaskletContext) {}
        @Tasklet({ outside: false }) inside(_context: TaskletContext) {}
        // @ts-expect-error there is no transaction
        @Tasklet({ outside: true }) wants(_context: TaskletContext) {}
        // @ts-expect-error no result of a tasklet
        @Tasklet() wrong() {
          return 1
        }
        // @ts-expect-error no name
        @Decision({}) count() {
          return 1
        }
        // @ts-expect-error a listener gives nothing
        @OnSkipInWrite() skipped() {
          return 1
        }
      }
      return Results
    })
  })

  it('refuse a class that reads a parameter which its job does not declare', () => {
    types(() => {
      class Reads {
        @Step() load() {
          return chunk({
            ...options,
            reader: ({ parameters }: StepContext<{ day: Date }>) => [parameters.day.getTime()],
          })
        }
        @Decision({}) decide({ parameters }: DecisionContext<{ max: number }>) {
          return String(parameters.max)
        }
        @Tasklet() act({ parameters, executionContext }: TaskletContext<{ day: Date }>) {
          executionContext.put('day', parameters.day)
        }
      }
      Job({ name: 'j', parameters: { day: 'date', max: 'long', more: 'string' } })(Reads)
      // @ts-expect-error day is not declared
      Job({ name: 'j', parameters: { max: 'long' } })(Reads)
      // @ts-expect-error day has another type
      Job({ name: 'j', parameters: { day: 'localDate', max: 'long' } })(Reads)
      // @ts-expect-error max is not declared
      Job({ name: 'j', parameters: { day: 'date' } })(Reads)
      // @ts-expect-error no parameter type
      Job({ name: 'j', parameters: { day: 'datum' } })
      // @ts-expect-error a job has a name
      Job({ parameters: {} })
    })
  })

  it('refuse a class with @ChunkStep whose items do not fit', () => {
    types(() => {
      const step = ChunkStep({ chunkSize: 1 })
      step(
        class {
          async *read(day: Date) {
            yield day
          }
          process(item: Date) {
            return item.getTime() > 0 ? String(item) : null
          }
          write(_items: readonly string[]) {}
        },
      )
      step(
        class {
          read(_context: ReadContext): number | null {
            return null
          }
          write(_items: readonly number[]) {}
        },
      )
      step(
        class {
          reader() {
            return [1, 2]
          }
          async processor() {
            return (item: number) => String(item)
          }
          writer() {
            return (_items: readonly string[]) => {}
          }
        },
      )
      step(
        // @ts-expect-error no way to write
        class {
          *read() {
            yield 1
          }
        },
      )
      step(
        // @ts-expect-error process takes other items
        class {
          *read() {
            yield 1
          }
          process(item: string) {
            return item
          }
          write(_items: readonly string[]) {}
        },
      )
      step(
        // @ts-expect-error write takes other items
        class {
          *read() {
            yield 1
          }
          process(item: number) {
            return item
          }
          write(_items: readonly string[]) {}
        },
      )
      step(
        // @ts-expect-error the writer takes other items
        class {
          reader() {
            return [1]
          }
          writer() {
            return (_items: readonly string[]) => {}
          }
        },
      )
      // @ts-expect-error a chunk has a size
      ChunkStep({})
    })
  })

  it('refuse a parameter of another type than its converter gives, and parameters of a constructor', () => {
    types(() => {
      class Converted {
        @Tasklet() act(
          @JobParam('day', Date) _day: Date,
          @JobParam('max', Number) _max: number | undefined,
          // @ts-expect-error it gives a Date
          @JobParam('at', Date) _at: string,
          // @ts-expect-error it gives numbers
          @JobParam('all', (all: string) => all.split(',').map(Number)) _all: readonly string[],
        ) {}
      }
      class Constructed {
        // @ts-expect-error not at a constructor
        constructor(@JobParam('max') _max: number) {}
      }
      return [Converted, Constructed]
    })
  })

  it('give the job the shape that is named', () => {
    types(() => {
      class Any {}
      expectTypeOf(compileJob<{ day: 'date' }>(Any)).toEqualTypeOf<JobValue<{ day: 'date' }>>()
      expectTypeOf(compileJob(new Any())).toEqualTypeOf<JobValue>()
    })
  })
})
