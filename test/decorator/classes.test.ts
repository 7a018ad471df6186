import { chunk, type ItemWriter } from 'chunkwise'
import {
  AfterJob,
  ChunkStep,
  compileJob,
  type ComponentClass,
  type ComponentResolver,
  DecoratorError,
  Job,
  JobParam,
  Step,
  Tasklet,
} from 'chunkwise/decorators'
import { ListItemWriter, runJob } from 'chunkwise/testing'
import { describe, expect, it } from 'vitest'

describe('a class that extends another', () => {
  const told: string[] = []

  @Job({ name: 'base', parameters: { max: 'long' } })
  class Base {
    @Tasklet()
    first() {
      told.push('base first')
    }

    @Tasklet()
    second(@JobParam('max') max: number) {
      told.push(`base second ${max}`)
    }

    @AfterJob()
    end() {
      told.push('base end')
    }
  }

  @Job({ name: 'more', parameters: { max: 'long', min: 'long' } })
  class More extends Base {
    @Tasklet()
    third() {
      told.push('more third')
    }

    @Tasklet()
    override second(@JobParam('min') min: number) {
      told.push(`more second ${min}`)
    }

    override end() {
      told.push('more end')
    }
  }

  it('inherits its steps in their places, and overrides what it declares anew', async () => {
    told.length = 0
    expect((await runJob(compileJob(More), { max: 1, min: 2 })).status).toBe('COMPLETED')
    expect(told).toEqual(['base first', 'more second 2', 'more third', 'more end'])
  })

  it('leaves the class that it extends as it was', async () => {
    told.length = 0
    const base = compileJob(Base)
    expect(base.name).toBe('base')
    expect(base.steps.map(({ name }) => name)).toEqual(['first', 'second'])
    expect((await runJob(base, { max: 1 })).status).toBe('COMPLETED')
    expect(told).toEqual(['base first', 'base second 1', 'base end'])
  })

  it('is the same job where it declares nothing itself, as the class of a proxy does', () => {
    class Proxied extends Base {}
    expect(compileJob(Proxied)).toMatchObject({ name: 'base', parameters: { max: 'long' } })
  })
})

describe('instances', () => {
  @ChunkStep({ chunkSize: 2 })
  class Load {
    constructor(readonly out: ItemWriter<number>) {}

    reader() {
      return [1, 2, 3]
    }

    writer() {
      return this.out
    }
  }

  @Job({ name: 'injected' })
  class Injected {
    constructor(readonly label: string) {}

    @Step()
    load() {
      return Load
    }

    @Step()
    again() {
      return chunk({ chunkSize: 1, reader: [this.label], writer: () => {} })
    }
  }

  it('are made by the resolver, of the job and of the steps that it names', async () => {
    const out = new ListItemWriter<number>()
    const made: string[] = []
    const instances = new Map<ComponentClass, object>([
      [Injected, new Injected('x')],
      [Load, new Load(out)],
    ])
    const resolver: ComponentResolver = {
      resolve: <T extends object>(type: ComponentClass<T>): T => {
        made.push(type.name)
        return instances.get(type) as T
      },
    }
    const job = compileJob(Injected, { resolver })
    expect(made).toEqual(['Injected', 'Load'])
    expect((await runJob(job)).status).toBe('COMPLETED')
    expect(out.items).toEqual([1, 2, 3])
  })

  it('are made by their constructor where that takes nothing, else refused', () => {
    expect(() => compileJob(Injected)).toThrow(/Injected: its constructor takes arguments/)
    expect(() => compileJob(new Injected('x'))).toThrow(/Load: its constructor takes arguments/)
  })

  it.each([undefined, Promise.resolve({})])('are not %s', (resolved) => {
    const resolver = { resolve: () => resolved as never }
    expect(() => compileJob(Injected, { resolver })).toThrow(DecoratorError)
  })

  it('of one class make jobs of their own', async () => {
    const seen: string[] = []

    @Job({ name: 'own' })
    class Own {
      constructor(readonly label: string) {}

      @Tasklet()
      look() {
        seen.push(this.label)
      }
    }
    for (const label of ['a', 'b']) await runJob(compileJob(new Own(label)))
    expect(seen).toEqual(['a', 'b'])
  })
})
