import { once } from 'node:events'
import type { AddressInfo } from 'node:net'
import express, { type NextFunction, type Request, type Response } from 'express'
import { answerTo, type Jobs, type Service } from './jobs.js'

export async function listen(jobs: Jobs): Promise<Service> {
  const app = express()
  app.use(express.json())
  app.post('/jobs/:name', async ({ params, body }, response) => {
    response.status(202).json(await jobs.start(params.name, body))
  })
  app.get('/executions/:id/result', async ({ params }, response) => {
    response.json(await jobs.result(Number(params.id)))
  })
  app.use((error: unknown, _request: Request, response: Response, _next: NextFunction) => {
    const { status, body } = answerTo(error)
    response.status(status).json(body)
  })
  const server = app.listen(0, '127.0.0.1')
  await once(server, 'listening')
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    async close() {
      const closed = once(server, 'close')
      server.close()
      server.closeAllConnections()
      await closed
    },
  }
}
