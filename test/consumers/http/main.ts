import { listen } from './app.js'
import { Jobs } from './jobs.js'

async function main() {
  const jobs = new Jobs()
  const service = await listen(jobs)
  const headers = { 'content-type': 'application/json' }
  const started = await fetch(`${service.url}/jobs/copy`, { method: 'POST', headers, body: '{"count":3}' })
  const { id } = (await started.json()) as { id: number }
  const ended = await fetch(`${service.url}/executions/${id}/result`)
  console.log(((await ended.json()) as { status: string }).status)
  await jobs.close()
  await service.close()
}

void main()
