import { ChunkStep, compileJob, compileStep, Job, JobParam, Step } from 'chunkwise/decorators'
import { restartAnywhere, runJob, runStep } from 'chunkwise/testing'
import { expect, it } from 'vitest'

@ChunkStep({ chunkSize: 2 })
class Shout {
  async *read(): AsyncGenerator<string> {
    yield* ['a', 'b', 'c']
  }

  process(word: string, @JobParam('suffix') suffix?: string): string {
    return word.toUpperCase() + (suffix ?? '')
  }

  write(_words: readonly string[]): void {
    expect.unreachable()
  }
}

@Job({ name: 'shouting', parameters: { suffix: 'string' } })
class Shouting {
  @Step()
  shout(): Shout {
    return new Shout()
  }
}

it('runStep runs a class, with items and parameters of the test', async () => {
  const options = { items: ['x'], writer: 'collect', parameters: { suffix: '!' } } as const
  expect((await runStep(Shout, options)).written).toEqual(['X!'])
  expect((await runStep(new Shout(), options)).written).toEqual(['X!'])
  const run = await runStep(compileStep<{ suffix: string }>(new Shout()), options)
  expect(run.written).toEqual(['X!'])
})

it('the items of a class have their types', async () => {
  const run = await runStep(Shout, { items: ['x'], writer: 'collect' })
  const lengths: readonly number[] = run.written.map((word) => word.length)
  expect(lengths).toEqual([1])
  // @ts-expect-error -- its items are texts
  await runStep(Shout, { items: [1], writer: 'collect' })
})

it('a class that is no step is refused, by its name', async () => {
  class Plain {
    write(): void {}
  }
  await expect(runStep(Plain)).rejects.toThrow(/runStep\.step must be .*@ChunkStep.*Plain/)
})

it('a class that needs arguments is given as an instance', async () => {
  @ChunkStep({ chunkSize: 1 })
  class Needy {
    constructor(readonly words: readonly string[]) {}

    *read(): Generator<string> {
      yield* this.words
    }

    write(_words: readonly string[]): void {}
  }
  await expect(runStep(Needy as never)).rejects.toThrow(/Needy.*instance/)
})

it('runJob runs a class, and gives its steps items', async () => {
  const options = { items: { shout: ['x', 'y'] }, writer: 'collect' } as const
  const run = await runJob(compileJob(new Shouting()), { suffix: '?' }, options)
  expect(run.step('shout').written).toEqual(['X?', 'Y?'])
})

it('restartAnywhere proves that a class restarts', async () => {
  class Quiet extends Shout {
    override write(): void {}
  }
  const proof = await restartAnywhere({ step: () => new Quiet() })
  expect(proof).toMatchObject({ restarts: 5, written: ['A', 'B', 'C'] })
})
