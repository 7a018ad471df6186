import { Injectable } from '@nestjs/common'
import { JobOperator, MemoryJobRepository, OperatorClosedError } from 'chunkwise'
import { ChunkStep, Job, Step } from 'chunkwise/decorators'
import { ChunkwiseModule } from 'chunkwise/nestjs'
import { expect, it } from 'vitest'
import { RememberingLog, started } from './nest.js'

function gate() {
  let open = () => {}
  const opened = new Promise<void>((resolve) => (open = resolve))
  return { open, opened }
}

/** Writes its first chunk, and waits in the second until it is let go. */
@ChunkStep({ chunkSize: 2 })
class Copy {
  readonly written: number[] = []
  readonly atSecond = gate()
  readonly go = gate()

  async *read() {
    for (let item = 1; item <= 100; item++) yield item
  }

  async write(items: readonly number[]) {
    if (items.includes(3)) {
      this.atSecond.open()
      await this.go.opened
    }
    this.written.push(...items)
  }
}

@Job({ name: 'copy' })
class CopyJob {
  @Step()
  copy() {
    return Copy
  }
}

it('the shutdown of the application stops a running job at its next chunk, before what it uses is closed', async () => {
  const repository = new MemoryJobRepository()
  const seen: string[] = []
  @Injectable()
  class Pool {
    async onApplicationShutdown() {
      seen.push(...(await repository.listRunningJobExecutions()).map(({ status }) => status), 'pool closed')
    }
  }
  const application = await started({
    imports: [ChunkwiseModule.forRoot({ repository })],
    providers: [Copy, CopyJob, Pool],
  })
  const [operator, copy] = [application.get(JobOperator), application.get(Copy)]
  const { execution, result } = await operator.start('copy')
  await copy.atSecond.opened

  const closing = application.close()
  copy.go.open()
  await closing
  expect(seen).toEqual(['pool closed'])
  expect((await result).status).toBe('STOPPED')
  const stored = await repository.getJobExecution(execution.id)
  expect(stored?.status).toBe('STOPPED')
  expect(stored?.stepExecutions[0]?.counts.write).toBe(4)
  expect(copy.written).toEqual([1, 2, 3, 4])
  await expect(operator.start('copy')).rejects.toBeInstanceOf(OperatorClosedError)
})

it('a job that does not stop within the grace is given up, and goes on in another application', async () => {
  const repository = new MemoryJobRepository()
  const parts = (providers: readonly [typeof Copy, typeof CopyJob]) => ({
    imports: [ChunkwiseModule.forRoot({ repository, shutdownGrace: 20 })],
    providers: [...providers],
  })
  const application = await started(parts([Copy, CopyJob]))
  const copy = application.get(Copy)
  const { execution } = await application.get(JobOperator).start('copy')
  await copy.atSecond.opened
  await application.close()
  copy.go.open()

  const next = await started(parts([Copy, CopyJob]))
  next.get(Copy).go.open()
  const restarted = await next.get(JobOperator).run('copy')
  expect(restarted.status).toBe('COMPLETED')
  expect(restarted.jobInstance.id).toBe(execution.jobInstance.id)
  expect(next.get(Copy).written[0]).toBe(3)
  const steps = await repository.listStepExecutions(execution.jobInstance.id, 'copy')
  expect(steps.map(({ counts }) => counts.write)).toEqual([98, 2])
})

it('log lines go to the logger of Nest, with fields and the stack of an error', async () => {
  const log = new RememberingLog()
  @Job({ name: 'noisy' })
  class NoisyJob {
    @Step()
    copy() {
      return Copy
    }
  }
  const application = await started(
    { imports: [ChunkwiseModule.forRoot({ repository: new MemoryJobRepository() })], providers: [Copy, NoisyJob] },
    (builder) => builder.setLogger(log),
  )
  await application.close()
  expect(log.lines).toContain('log the operator shuts down {"grace":10000,"running":0} [Chunkwise]')
})
