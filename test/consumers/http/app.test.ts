import { listen } from './app.js'
import { Jobs } from './jobs.js'

async function inService(work: (url: string, jobs: Jobs) => Promise<void>) {
  const jobs = new Jobs()
  const service = await listen(jobs)
  try {
    await work(service.url, jobs)
  } finally {
    await jobs.close()
    await service.close()
  }
}

async function call(url: string, body?: unknown) {
  const headers = { 'content-type': 'application/json' }
  const given = body === undefined ? {} : { method: 'POST', headers, body: JSON.stringify(body) }
  const response = await fetch(url, given)
  return { status: response.status, body: (await response.json()) as Record<string, unknown> }
}

test('a job is started by a request, and runs', () =>
  inService(async (url, jobs) => {
    const { status, body } = await call(`${url}/jobs/copy`, { count: 5 })
    expect(status).toBe(202)
    expect((await call(`${url}/executions/${String(body['id'])}/result`)).body).toEqual({ status: 'COMPLETED' })
    expect(jobs.written).toEqual([1, 2, 3, 4, 5])
  }))

test('what cannot be started is answered with the code of the error', () =>
  inService(async (url) => {
    const codes = []
    for (const [name, body] of [
      ['copies', { count: 1 }],
      ['copy', { count: '1' }],
    ] as const) {
      const answer = await call(`${url}/jobs/${name}`, body)
      codes.push([answer.status, answer.body['code']])
    }
    expect(codes).toEqual([
      [404, 'BATCH_UNKNOWN_JOB'],
      [400, 'BATCH_INVALID_PARAMETERS'],
    ])
  }))

test('the end of the service stops a running job', () =>
  inService(async (url, jobs) => {
    const written = new Promise<void>((resolve) => (jobs.afterWrite = resolve))
    const { body } = await call(`${url}/jobs/copy`, { count: 1_000_000 })
    await written
    await jobs.close()
    expect((await call(`${url}/executions/${String(body['id'])}/result`)).body).toEqual({ status: 'STOPPED' })
  }))
