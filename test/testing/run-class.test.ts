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
  const run = await runStep(compileStep<{ suffix: string }>(new Shout()), options)
  expect(run.written).toEqual(['X!'])
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
  const proof = await restartAnywhere({ step: () => compileStep(new Quiet()) })
  expect(proof).toMatchObject({ restarts: 5, written: ['A', 'B', 'C'] })
})
