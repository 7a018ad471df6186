import { Inject, Injectable, Module, Scope } from '@nestjs/common'
import { Test } from '@nestjs/testing'
import { InvalidOptionError, JobOperator, MemoryJobRepository, OperatorClosedError } from 'chunkwise'
import { ChunkStep, DecoratorError, Job, Step, Tasklet } from 'chunkwise/decorators'
import { ChunkwiseModule, JobsNotKnownYetError } from 'chunkwise/nestjs'
import { describe, expect, it } from 'vitest'
import { started } from './nest.js'

const chunkwise = () => ChunkwiseModule.forRoot({ repository: new MemoryJobRepository() })

@Job({ name: 'sweep' })
class SweepJob {
  @Tasklet()
  sweep() {}
}

@ChunkStep({ chunkSize: 1 })
class Load {
  *read() {
    yield 1
  }
  write() {}
}

@Job({ name: 'load' })
class LoadJob {
  @Step()
  load() {
    return Load
  }
}

describe('the application does not start', () => {
  it('with a step class that is no provider', async () => {
    const starting = started({ imports: [chunkwise()], providers: [LoadJob] })
    await expect(starting).rejects.toBeInstanceOf(DecoratorError)
    await expect(starting).rejects.toThrow('Load: Nest gives no instance of it: list it in the `providers`')
  })

  it('with a class that cannot be a job, and its operator is closed then', async () => {
    @Job({ name: 'empty' })
    class EmptyJob {}
    const application = await Test.createTestingModule({ imports: [chunkwise()], providers: [EmptyJob] }).compile()
    await expect(application.init()).rejects.toMatchObject({ code: 'BATCH_DECORATOR', className: 'EmptyJob' })
    await expect(application.get(JobOperator).recover()).rejects.toBeInstanceOf(OperatorClosedError)
  })

  it.each([Scope.REQUEST, Scope.TRANSIENT])('with a job that has a scope of its own (%s)', async (scope) => {
    const provider = { provide: SweepJob, useClass: SweepJob, scope }
    await expect(started({ imports: [chunkwise()], providers: [provider] })).rejects.toThrow(
      'SweepJob: is request-scoped or transient',
    )
  })

  it('with two jobs of one name, and says where they are', async () => {
    @Module({ providers: [SweepJob] })
    class FirstModule {}
    @Module({ providers: [SweepJob] })
    class SecondModule {}
    await expect(started({ imports: [chunkwise(), FirstModule, SecondModule] })).rejects.toThrow(
      'two jobs are called "sweep": those of SweepJob of FirstModule, and of SweepJob of SecondModule',
    )
  })

  it('with options that a factory gives and that cannot work', async () => {
    const wrong = ChunkwiseModule.forRootAsync({ useFactory: () => ({}) as never })
    await expect(started({ imports: [wrong] })).rejects.toBeInstanceOf(InvalidOptionError)
  })
})

describe('an option that cannot work is refused where it is given', () => {
  const repository = new MemoryJobRepository()

  it.each([
    ['ChunkwiseModule.repository', { repository: undefined }],
    ['ChunkwiseModule.executor', { repository, executor: {} }],
    ['ChunkwiseModule.shutdownGrace', { repository, shutdownGrace: 'soon' }],
    ['ChunkwiseModule.handleSignals', { repository, handleSignals: true }],
  ])('%s', (option, options) => {
    let refused: unknown
    try {
      ChunkwiseModule.forRoot(options as never)
    } catch (error) {
      refused = error
    }
    expect(refused).toBeInstanceOf(InvalidOptionError)
    expect(refused).toMatchObject({ option })
  })

  it('ChunkwiseModule.useFactory', () => {
    expect(() => ChunkwiseModule.forRootAsync({} as never)).toThrow('ChunkwiseModule.useFactory must be a function')
  })
})

describe('jobs are known by name', () => {
  @Injectable()
  class Eager {
    readonly starting: Promise<unknown>
    constructor(@Inject(JobOperator) private readonly operator: JobOperator) {
      this.starting = this.operator.run('sweep')
      this.starting.catch(() => {})
    }
  }

  it('not in a constructor: a start says so, and later ones find them', async () => {
    const application = await started({ imports: [chunkwise()], providers: [Eager, SweepJob] })
    const { starting } = application.get(Eager)
    await expect(starting).rejects.toBeInstanceOf(JobsNotKnownYetError)
    expect((await application.get(JobOperator).run('sweep')).status).toBe('COMPLETED')
  })

  it('in onModuleInit of any module', async () => {
    @Injectable()
    class AtInit {
      status = ''
      constructor(@Inject(JobOperator) private readonly operator: JobOperator) {}
      async onModuleInit() {
        this.status = (await this.operator.run('sweep')).status
      }
    }
    @Module({ providers: [AtInit] })
    class DeepModule {}
    @Module({ imports: [DeepModule] })
    class FeatureModule {}
    const application = await started({ imports: [FeatureModule, chunkwise()], providers: [SweepJob] })
    expect(application.get(AtInit, { strict: false }).status).toBe('COMPLETED')
  })
})
