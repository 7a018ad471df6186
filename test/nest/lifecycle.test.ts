import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import { Injectable } from '@nestjs/common'
import { JobOperator, MemoryJobRepository, OperatorClosedError } from 'chunkwise'
import { ChunkStep, Job, Step, Tasklet } from 'chunkwise/decorators'
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

it('a signal ends the application when it has asked for that, and its jobs are stopped before', async () => {
  const file = (name: string): string => fileURLToPath(new URL(name, import.meta.url))
  const command = [file('../../node_modules/tsx/dist/cli.mjs'), file('./application-process.ts')]
  const child = spawn(process.execPath, command, { stdio: ['ignore', 'pipe', 'inherit'] })
  let printed = ''
  for await (const text of child.stdout.setEncoding('utf8') as AsyncIterable<string>) {
    printed += text
    if (printed === 'started\n') child.kill('SIGTERM')
  }
  if (child.exitCode === null && child.signalCode === null) await once(child, 'exit')
  expect(printed).toBe('started\nSTOPPED\n')
})

it('log lines go to the logger of Nest as text, the stack of an error beside it', async () => {
  const log = new RememberingLog()
  @Job({ name: 'failing' })
  class FailingJob {
    @Tasklet({ outside: true })
    fail() {
      throw new RangeError('out of range')
    }
  }
  const application = await started(
    { imports: [ChunkwiseModule.forRoot({ repository: new MemoryJobRepository() })], providers: [FailingJob] },
    (builder) => builder.setLogger(log),
  )
  await application.get(JobOperator).run('failing')
  await application.close()
  expect(log.lines).toContain('log the operator shuts down {"grace":10000,"running":0} [Chunkwise]')
  const failed = log.lines.find((line) => line.startsWith('error job failed'))
  expect(failed).toContain('"error":"RangeError: out of range"')
  expect(failed).toMatch(/at FailingJob\.fail .*\[Chunkwise\]$/s)
})

it('log lines go to a logger that is given, and not to Nest', async () => {
  const log = new RememberingLog()
  const messages: string[] = []
  const write = (_fields: object | string, message?: string) => void messages.push(message ?? '')
  const logger = { debug: write, info: write, warn: write, error: write }
  const application = await started(
    { imports: [ChunkwiseModule.forRoot({ repository: new MemoryJobRepository(), logger })] },
    (builder) => builder.setLogger(log),
  )
  await application.close()
  expect(messages).toEqual(['the operator shuts down'])
  expect(log.lines.filter((line) => line.endsWith('[Chunkwise]'))).toEqual([])
})
