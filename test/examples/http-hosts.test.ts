import { MemoryJobRepository } from 'chunkwise'
import { afterEach, describe, expect, test, vi } from 'vitest'
import { listen as listenWithExpress } from '../../examples/express-host/main.js'
import { listen as listenWithFastify } from '../../examples/fastify-host/main.js'
import { closeService, type Listen, portOf } from '../../examples/http-host/http-service.js'
import { JobHost } from '../../examples/http-host/job-host.js'
import { type Letter, LETTERS, lettersJob } from '../../examples/http-host/letters-job.js'
import { HttpClient } from './http-client.js'

/** Slow enough to last until it is stopped. */
const SLOW = { campaign: 'spring', sentAt: '2026-01-31T10:00:00Z', pace: 100 }
const FAST = { ...SLOW, pace: 0 }

const closing: (() => Promise<void>)[] = []

afterEach(async () => {
  for (const close of closing.splice(0)) await close()
})

async function started(listen: Listen, repository = new MemoryJobRepository()) {
  const letters: Letter[] = []
  const jobs = [lettersJob({ write: (chunk) => void letters.push(...chunk) })]
  const host = new JobHost({ repository, jobs })
  const service = await listen(host, 0)
  closing.push(() => closeService(host, service))
  return { host, letters, repository, client: new HttpClient(portOf(service)) }
}

describe.each([
  { framework: 'Fastify', listen: listenWithFastify },
  { framework: 'Express', listen: listenWithExpress },
])('a service with $framework', ({ listen }) => {
  test('starts a job, shows its progress, stops it, and starts it again to its end', async () => {
    const { client, letters, repository } = await started(listen)
    const id = await client.start(SLOW)
    const events = await client.followed(id, async () =>
      expect(await client.post(`/executions/${id}/stop`)).toEqual({ status: 202, body: { stopping: true } }),
    )
    expect(events.find(({ data }) => data['items'] !== 0)?.data).toMatchObject({
      jobExecutionId: id,
      stepName: 'writeLetters',
      status: 'STARTED',
      total: LETTERS,
    })
    expect(events.at(-1)).toMatchObject({ event: 'end', data: { id, jobName: 'letters', status: 'STOPPED' } })
    expect((await repository.getJobExecution(id))?.status).toBe('STOPPED')

    const [end] = (await client.followed(await client.start(FAST))).slice(-1)
    expect(end).toMatchObject({ event: 'end', data: { status: 'COMPLETED', exitCode: 'COMPLETED' } })
    expect(letters.map((letter) => letter.id)).toEqual(Array.from({ length: LETTERS }, (_, index) => index + 1))
    expect(letters[0]?.text).toBe('spring, 2026-01-31T10:00:00.000Z')
  })

  test('answers at once for an execution that has ended', async () => {
    const { client } = await started(listen)
    const id = await client.start(FAST)
    await client.followed(id)
    expect(await client.followed(id)).toEqual([
      {
        event: 'progress',
        data: { stepName: 'writeLetters', stepExecutionId: expect.any(Number), status: 'COMPLETED', items: LETTERS },
      },
      { event: 'end', data: expect.objectContaining({ id, status: 'COMPLETED' }) },
    ])
    expect((await client.post(`/executions/${id}/stop`)).body).toEqual({ stopping: false })
  })

  test('follows and stops an execution of another process by what the repository has', async () => {
    const repository = new MemoryJobRepository()
    const [here, there] = [await started(listen, repository), await started(listen, repository)]
    const id = await there.client.start(SLOW)
    const events = await here.client.followed(id, () => here.client.post(`/executions/${id}/stop`))
    expect(events.map(({ event }) => event)).toContain('progress')
    expect(events.at(-1)).toMatchObject({ event: 'end', data: { id, status: 'STOPPED' } })
  })

  test('lets go of those who follow an execution of another process when it ends', async () => {
    const repository = new MemoryJobRepository()
    const [here, there] = [await started(listen, repository), await started(listen, repository)]
    const id = await there.client.start(SLOW)
    const events = await here.client.followed(id, () => here.host.close())
    expect(events.map(({ event }) => event)).not.toContain('end')
    expect(here.host.followers).toBe(0)
    expect((await repository.getJobExecution(id))?.status).toBe('STARTED')
  })

  test('keeps nothing of a client that goes away', async () => {
    const { client, host } = await started(listen)
    const id = await client.start(SLOW)
    for await (const _event of client.events(id)) {
      expect(host.followers).toBe(1)
      break
    }
    await vi.waitFor(() => expect(host.followers).toBe(0), { timeout: 10_000 })
  })

  test('says what is wrong with a request, with the code of the error', async () => {
    const { client } = await started(listen)
    const start = (body?: unknown, name = 'letters') => client.post(`/jobs/${name}`, body)
    expect(await start({}, 'leters')).toEqual({
      status: 404,
      body: { code: 'BATCH_UNKNOWN_JOB', message: 'no job is named "leters": did you mean "letters"?' },
    })
    expect(await start()).toMatchObject({ status: 400, body: { code: 'BATCH_INVALID_PARAMETERS' } })
    expect(await start({ ...FAST, sentAt: 'yesterday' })).toMatchObject({
      status: 400,
      body: { code: 'BATCH_INVALID_PARAMETERS', message: expect.stringContaining('"sentAt" is "yesterday", but must') },
    })
    expect(await start([])).toMatchObject({ status: 400, body: { code: 'BATCH_INVALID_PARAMETERS' } })

    const id = await client.start(SLOW)
    expect(await start(FAST)).toMatchObject({ status: 409, body: { code: 'BATCH_JOB_ALREADY_RUNNING' } })
    await client.post(`/executions/${id}/stop`)
    await client.followed(id)
    await client.followed(await client.start(FAST))
    expect(await start(FAST)).toMatchObject({ status: 409, body: { code: 'BATCH_JOB_INSTANCE_ALREADY_COMPLETE' } })

    expect(await client.statusOf('{"campaign":')).toBe(400)
    for (const unknown of ['4711', 'x', '-1', '1e3']) {
      const nobody = { status: 404, body: { code: 'BATCH_NO_SUCH_EXECUTION' } }
      expect(await client.refusal(`/executions/${unknown}/events`)).toMatchObject(nobody)
      expect(await client.post(`/executions/${unknown}/stop`)).toMatchObject(nobody)
    }
  })

  test('tells those who watch that its end has stopped the job, and starts nothing more', async () => {
    const { client, host, repository } = await started(listen)
    const id = await client.start(SLOW)
    const events = await client.followed(id, () => host.close())
    expect(events.at(-1)).toMatchObject({ event: 'end', data: { id, status: 'STOPPED' } })
    expect((await repository.getJobExecution(id))?.status).toBe('STOPPED')
    expect(await client.post('/jobs/letters', FAST)).toMatchObject({
      status: 503,
      body: { code: 'BATCH_OPERATOR_CLOSED' },
    })
  })
})
