import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { JobOperator } from 'chunkwise'
import { describe, expect, it } from 'vitest'
import { repositoryOn, SQL_DATABASES, type SqlTestDatabase } from '../support/sql-databases.js'
import type { JobProcessOrder } from './job-process-order.js'
import { plainJob, plainStep } from './plain-steps.js'

const file = (path: string) => fileURLToPath(new URL(path, import.meta.url))

/** A process of job-process.ts. */
class JobProcess {
  readonly child: ChildProcess
  readonly said: string[] = []
  readonly ended: Promise<unknown>
  readonly #heard = new Set<() => void>()

  constructor(order: JobProcessOrder) {
    const command = ['--import', 'tsx', file('./job-process.ts'), JSON.stringify(order)]
    this.child = spawn(process.execPath, command, { stdio: ['pipe', 'pipe', 'inherit'] })
    this.ended = once(this.child, 'close').then(([code, signal]) => (signal as unknown) ?? code)
    createInterface(this.child.stdout as NodeJS.ReadableStream).on('line', (line) => {
      this.said.push(line)
      for (const hear of this.#heard) hear()
    })
  }

  /** Resolves with the line that begins so, once it is said. */
  async line(start: string): Promise<string> {
    let over = false
    void this.ended.then(() => {
      over = true
      for (const hear of this.#heard) hear()
    })
    for (;;) {
      const found = this.said.find((line) => line.startsWith(start))
      if (found !== undefined) return found
      if (over) throw new Error(`it ended without saying "${start}": ${this.said.join(' | ')}`)
      await new Promise<void>((resolve) => this.#heard.add(resolve))
    }
  }

  /** The id of its execution, once its step runs. */
  async execution(): Promise<number> {
    await this.line('running')
    return Number((await this.line('started')).split(' ')[1])
  }
}

async function prepared(make: () => Promise<SqlTestDatabase>) {
  const database = await make()
  const repository = repositoryOn(database.pool(4))
  const operator = new JobOperator({ repository, ownerGrace: '100ms' })
  const told = plainJob([plainStep('only', async () => undefined)], 'told')
  return { url: database.url, repository, operator, job: told }
}

/** Calls it until it gives something: the server may need a moment to see that a process is dead. */
async function until<T>(look: () => Promise<T | undefined>): Promise<T> {
  for (;;) {
    const found = await look()
    if (found !== undefined) return found
  }
}

describe.each(SQL_DATABASES)('across processes on $on', ({ make }) => {
  const setUp = () => prepared(make)

  it('a stop reaches a step that commits nothing; STOPPED is written when it has really ended', async () => {
    const { url, operator, job } = await setUp()
    const other = new JobProcess({ url, step: 'asks' })
    const id = await other.execution()
    expect(await operator.stop(id)).toBe(true)
    await other.line('aborted')
    expect((await operator.execution(id))?.status).toBe('STOPPING')
    await expect(operator.start(job)).rejects.toMatchObject({ code: 'BATCH_JOB_ALREADY_RUNNING', jobExecutionId: id })
    expect(await operator.recover()).toEqual([])
    other.child.stdin?.write('end\n')
    expect(await other.line('ended')).toBe('ended STOPPED')
    expect(await other.ended).toBe(0)
    expect(await operator.execution(id)).toMatchObject({ status: 'STOPPED', stepExecutions: [{ status: 'STOPPED' }] })
    expect((await operator.run(job)).status).toBe('COMPLETED')
    await operator.close()
  }, 60_000)

  it('what a killed process has left is recovered, and can be abandoned', async () => {
    const { url, operator, job } = await setUp()
    const other = new JobProcess({ url, step: 'polite' })
    const id = await other.execution()
    await expect(operator.abandon(id)).rejects.toMatchObject({ code: 'BATCH_NOT_ABANDONABLE' })
    other.child.kill('SIGKILL')
    expect(await other.ended).toBe('SIGKILL')
    const recovered = await until(async () => (await operator.recover())[0])
    expect(recovered).toMatchObject({ id, status: 'FAILED', exitStatus: { exitDescription: 'owner lost' } })
    expect((await operator.abandon(id)).status).toBe('ABANDONED')
    await expect(operator.run(job)).rejects.toMatchObject({ code: 'BATCH_JOB_NOT_RESTARTABLE' })
    await operator.close()
  }, 60_000)

  it('a step that kills its process each time ends in CrashLoopError, and runs when told to ignore it', async () => {
    const { url, repository, operator, job } = await setUp()
    for (let crash = 0; crash < 3; crash++) {
      const process = new JobProcess({ url, step: 'dies' })
      expect(await process.ended).toBe('SIGKILL')
    }
    const last = new JobProcess({ url, step: 'dies' })
    expect(await last.line('ended')).toBe('ended FAILED BATCH_CRASH_LOOP')
    expect(await last.ended).toBe(0)
    const [instance] = await repository.listJobInstances('told')
    const [execution] = await operator.executions(instance?.id ?? 0)
    await operator.close()
    const fresh = new JobOperator({ repository, jobs: [job] })
    const handle = await fresh.restart(execution?.id ?? 0, { ignoreCrashes: true })
    expect((await handle.result).status).toBe('COMPLETED')
    await fresh.close()
  }, 60_000)
})

describe.each(SQL_DATABASES)('SIGTERM on $on', ({ make }) => {
  const setUp = () => prepared(make)

  it('is a shutdown when handleSignals asks for it, and the process ends by itself', async () => {
    const { url, operator } = await setUp()
    const other = new JobProcess({ url, step: 'polite', handleSignals: true })
    const id = await other.execution()
    other.child.kill('SIGTERM')
    expect(await other.line('ended')).toBe('ended STOPPED')
    expect(await other.ended).toBe(0)
    expect((await operator.execution(id))?.status).toBe('STOPPED')
    await operator.close()
  }, 60_000)

  it('ends the process as usual when it comes a second time, or when nobody asked for it', async () => {
    const { url, operator, job } = await setUp()
    const stubborn = new JobProcess({ url, step: 'stubborn', handleSignals: true })
    await stubborn.execution()
    stubborn.child.kill('SIGTERM')
    await stubborn.line('aborted')
    stubborn.child.kill('SIGTERM')
    expect(await stubborn.ended).toBe('SIGTERM')
    await until(async () => (await operator.recover())[0])
    const plain = new JobProcess({ url, step: 'stubborn' })
    await plain.execution()
    plain.child.kill('SIGTERM')
    expect(await plain.ended).toBe('SIGTERM')
    await until(async () => (await operator.recover())[0])
    expect((await operator.run(job)).status).toBe('COMPLETED')
    await operator.close()
  }, 60_000)

  it('with a grace gives up what does not end, and another process goes on without waiting', async () => {
    const { url, operator, job } = await setUp()
    const stubborn = new JobProcess({ url, step: 'stubborn', grace: 1_000 })
    const id = await stubborn.execution()
    stubborn.child.kill('SIGTERM')
    expect(await stubborn.line('given up')).toBe('given up 1')
    // Its lease is good for half a minute, and its process has not died yet: it was given up.
    expect((await operator.run(job)).status).toBe('COMPLETED')
    expect((await operator.execution(id))?.status).toBe('FAILED')
    expect(await stubborn.ended).toBe(0)
    await operator.close()
  }, 60_000)
})
