import { BatchError, chunk, chunkStep, InvalidOptionError } from 'chunkwise'
import {
  AfterJob,
  AfterRead,
  AfterStep,
  BeforeChunk,
  ChunkStep,
  compileJob,
  compileStep,
  type ComponentClass,
  Decision,
  DecoratorError,
  Job,
  JobContextValue,
  JobParam,
  Step,
  StepContextValue,
  Tasklet,
} from 'chunkwise/decorators'
import { describe, expect, it } from 'vitest'

/** Decorators without their types, which refuse most of this before. */
type Loose = (...args: readonly unknown[]) => (...target: readonly unknown[]) => void
const loose = (decorator: unknown): Loose => decorator as Loose
const [LooseStep, LooseParam] = [loose(Step), loose(JobParam)]

const load = () => chunk({ chunkSize: 1, reader: [1], writer: () => {} })

function refusal(make: ComponentClass | object): DecoratorError {
  try {
    compileJob(make)
  } catch (error) {
    expect(error).toBeInstanceOf(DecoratorError)
    expect(error).toBeInstanceOf(BatchError)
    return error as DecoratorError
  }
  throw new Error('nothing was refused')
}

describe('compileJob refuses, naming class and method', () => {
  it('a class without @Job', () => {
    class Plain {}
    class Forgotten {
      @Step()
      load() {
        return load()
      }
    }
    expect(refusal(Plain).message).toBe('Plain: has no @Job')
    expect(refusal(new Forgotten()).message).toBe('Forgotten.load: is a @Step of a class without @Job')
  })

  it('a job without steps', () => {
    @Job({ name: 'empty' })
    class Empty {}
    expect(refusal(Empty)).toMatchObject({ className: 'Empty', method: undefined })
  })

  it.each([
    ['nothing', undefined],
    ['a promise', Promise.resolve(load())],
    ['a class that is no step', class {}],
    ['a step with another name', chunkStep('other', { chunkSize: 1, reader: [1], writer: () => {} })],
  ])('a @Step that returns %s', (_what, given) => {
    @Job({ name: 'wrong' })
    class Wrong {
      @LooseStep()
      load() {
        return given
      }
    }
    expect(refusal(Wrong)).toMatchObject({ className: 'Wrong', method: 'load', code: 'BATCH_DECORATOR' })
  })

  it('a transition to a method that does not stand in the job, with the nearest that does', () => {
    @Job({ name: 'wrong' })
    class Wrong {
      @LooseStep({ on: { FAILED: 'cleenUp', COMPLETED: { end: true } } })
      load() {
        return load()
      }

      @LooseStep({ on: { '*': { stopAndRestart: 'helper' } } })
      cleanUp() {
        return load()
      }

      helper() {}
    }
    expect(refusal(Wrong).message).toBe(
      'Wrong.load: on["FAILED"] leads to "cleenUp", which is no method with @Step, @Tasklet or @Decision; did you mean "cleanUp"?',
    )

    @Job({ name: 'wrong' })
    class Next {
      @Tasklet({ next: 'helper' })
      load() {}

      helper() {}
    }
    expect(refusal(Next).message).toContain('Next.load: next leads to "helper"')
  })

  it('a method that nothing leads to', () => {
    @Job({ name: 'wrong' })
    class Wrong {
      @Tasklet({ next: 'last' })
      first() {}

      @Tasklet()
      never() {}

      @Tasklet()
      last() {}
    }
    expect(refusal(Wrong).message).toBe('Wrong.never: is never run: nothing of what is run leads to it')
  })

  it('a step that leads nowhere when all went well', () => {
    @Job({ name: 'wrong' })
    class Wrong {
      @Tasklet({ on: { FAILED: 'cleanUp' } })
      load() {}

      @Tasklet()
      cleanUp() {}
    }
    expect(refusal(Wrong).message).toContain('Wrong.load: leads nowhere when it has COMPLETED')
  })

  it('a method with two kinds of decorator', () => {
    @Job({ name: 'wrong' })
    class Wrong {
      @LooseStep()
      @Tasklet()
      load() {}
    }
    expect(refusal(Wrong).message).toContain('Wrong.load: is declared twice, as @Tasklet and as @Step')
  })

  it('a static method, one named by a symbol, and a parameter of a constructor', () => {
    const secret = Symbol('secret')

    @Job({ name: 'wrong' })
    class Static {
      @LooseStep()
      static load() {}
    }

    @Job({ name: 'wrong' })
    class Symbolic {
      @LooseStep()
      [secret]() {}
    }

    @Job({ name: 'wrong', parameters: { max: 'long' } })
    class Constructed {
      constructor(@LooseParam('max') readonly max: number) {}
    }
    expect(refusal(Static).message).toBe('Static.load: @Step stands at a static method')
    expect(refusal(Symbolic)).toMatchObject({ className: 'Symbolic', method: 'Symbol(secret)' })
    expect(refusal(new Constructed(1)).message).toBe(
      'Constructed: @JobParam stands at the constructor, not at a method',
    )
  })

  it('a parameter that the job does not declare, also in a step that is a class', () => {
    @ChunkStep({ chunkSize: 1 })
    class Load {
      read() {
        return null
      }

      write(_items: readonly never[], @JobParam('befor') _before: Date) {}
    }

    @Job({ name: 'wrong', parameters: { before: 'date' } })
    class Wrong {
      @Step()
      load() {
        return Load
      }
    }
    expect(refusal(Wrong).message).toBe(
      'Load.write: @JobParam("befor"): the job does not declare such a parameter; did you mean "before"?',
    )
  })

  it('a parameter where there is no value for it', () => {
    @Job({ name: 'wrong', parameters: { max: 'long' } })
    class InStep {
      @LooseStep()
      load(@JobParam('max') _max: number) {
        return load()
      }
    }

    @Job({ name: 'wrong', parameters: { max: 'long' } })
    class InHelper {
      @Step()
      load() {
        return load()
      }

      helper(@JobParam('max') _max: number) {}
    }

    @Job({ name: 'wrong', parameters: { max: 'long' } })
    class PerItem {
      @Step()
      load() {
        return load()
      }

      @AfterRead()
      told(@JobParam('max') _max: number) {}
    }

    @Job({ name: 'wrong', parameters: { password: { type: 'string', secret: true } } })
    class Secret {
      @Step()
      load() {
        return load()
      }

      @AfterJob()
      told(@JobParam('password') _password: string) {}
    }

    @Job({ name: 'wrong' })
    class NoStep {
      @Decision({ on: { '*': { end: true } } })
      decide(@JobContextValue('a') _a: string, @StepContextValue('b') _b: string) {
        return 'X'
      }
    }
    expect(refusal(InStep).message).toContain('InStep.load: is called before anything runs')
    expect(refusal(InHelper).message).toContain('InHelper.helper: has @JobParam, but is not called by the job')
    expect(refusal(PerItem).message).toContain('PerItem.told: @JobParam("max") cannot be had here')
    expect(refusal(Secret).message).toContain('Secret.told: @JobParam("password") is secret')
    expect(refusal(NoStep).message).toContain('NoStep.decide: @StepContextValue("b") cannot be had here')
  })

  it('a listener that would be told of nothing', () => {
    @Job({ name: 'wrong' })
    class NoChunks {
      @Tasklet()
      load() {}

      @BeforeChunk()
      told() {}
    }

    @Job({ name: 'wrong' })
    class OtherStep {
      @Tasklet()
      load() {}

      @AfterStep({ steps: ['load', 'helper'] })
      told() {}

      helper() {}
    }

    @ChunkStep({ chunkSize: 1 })
    class Load {
      read() {
        return null
      }

      write() {}

      @AfterJob()
      told() {}
    }

    @Job({ name: 'wrong' })
    class InStep {
      @Step()
      load() {
        return new Load()
      }
    }
    expect(refusal(NoChunks).message).toBe('NoChunks.told: is told of beforeChunk, which nothing here has')
    expect(refusal(OtherStep).message).toContain('OtherStep.told: is told of afterStep of the step "helper"')
    expect(refusal(InStep).message).toBe('Load.told: is told of afterJob, which nothing here has')
  })

  it.each<[string, object, string | undefined]>([
    ['no way to write', { read: () => null }, undefined],
    ['two ways to read', { read: () => null, reader: () => [], write() {} }, 'reader'],
    ['a stream that would never be opened', { *read() {}, write() {}, open() {} }, 'open'],
    ['a position that would never be asked for', { reader: () => [], write() {}, position() {} }, 'position'],
    ['a way back that would never be gone', { reader: () => [], write() {}, returnTo() {} }, 'returnTo'],
  ])('a class that is a step with %s', (_what, methods, method) => {
    class Load {}
    Object.assign(Load.prototype, methods)
    loose(ChunkStep)({ chunkSize: 1 })(Load)

    @Job({ name: 'wrong' })
    class Wrong {
      @LooseStep()
      load() {
        return Load
      }
    }
    expect(refusal(Wrong)).toMatchObject({ className: 'Load', method })
  })

  it('decorators that are compiled as standard ones, at once', () => {
    const context = { kind: 'method', name: 'load' }
    expect(() => LooseStep()(() => {}, context)).toThrow(/^a class\.load: @Step is compiled as a standard decorator/)
  })

  it('an instance that has lost a method', () => {
    @Job({ name: 'wrong' })
    class Wrong {
      @Tasklet()
      load() {}
    }
    expect(refusal(Object.assign(new Wrong(), { load: 1 })).message).toBe('Wrong.load: is no method')
  })
})

describe('options of decorators', () => {
  it.each<[string, ReturnType<Loose>, string]>([
    ['of a tasklet', loose(Tasklet)({ retrys: 1 }), 'Wrong.load: tasklet.retrys must be "retry", but is 1'],
    ['of a step', LooseStep({ onn: {} }), 'Wrong.load: @Step.onn must be'],
    ['a target that is none', LooseStep({ on: { '*': 1 } }), 'Wrong.load: on["*"] must be the name of a method'],
    ['a target of two', LooseStep({ on: { '*': { end: true, stop: true } } }), 'Wrong.load: on["*"] must be'],
    ['an exit code', LooseStep({ on: { '*': { end: '' } } }), 'job("wrong").end must be a string'],
  ])('are checked, naming class and method: %s', (_what, decorator, message) => {
    @Job({ name: 'wrong' })
    class Wrong {
      @decorator
      load() {
        return load()
      }
    }
    expect(() => compileJob(Wrong)).toThrow(message)
  })

  it('of a step are told with the method that gives them', () => {
    @Job({ name: 'wrong' })
    class Wrong {
      @Step()
      load() {
        return chunk({ chunkSize: 0, reader: [1], writer: () => {} })
      }
    }
    const error = refusal(Wrong)
    expect(error.message).toBe('Wrong.load: chunk.chunkSize must be a whole number from 1, but is 0')
    expect(error.cause).toBeInstanceOf(InvalidOptionError)
  })

  it('of a job, of parameters and of compileJob are checked as everywhere', () => {
    @Job({ name: '' })
    class NoName {
      @Tasklet()
      load() {}
    }
    expect(() => compileJob(NoName)).toThrow(InvalidOptionError)
    expect(() => JobParam('')).toThrow(/JobParam.name/)
    expect(() => loose(StepContextValue)('key', 'Date')).toThrow(/StepContextValue.convert/)
    expect(() => compileJob(NoName, { resolver: {} as never })).toThrow(/resolver must be an object with `resolve`/)
    const resolve = { resolve: () => new NoName() }
    expect(() => compileJob(NoName, resolve as never)).toThrow(/compileJob.resolve must be "resolver"/)
    expect(() => compileStep(NoName as never, resolve as never)).toThrow(/compileStep.resolve must be "resolver"/)
    expect(() => compileJob('NoName' as never)).toThrow(/class must be a class with decorators, or an instance/)
  })
})
