// Jobs behind HTTP, in Express: npx tsx examples/express-host/main.ts
// curl -d '{"campaign":"spring","sentAt":"2026-01-31","pace":20}' -H 'content-type: application/json' localhost:PORT/jobs/letters
// curl -N localhost:PORT/executions/1/events
import { once } from 'node:events'
import express, { type ErrorRequestHandler, type Express } from 'express'
import { answerTo } from '../http-host/answer-to.js'
import type { HttpService } from '../http-host/http-service.js'
import type { JobHost } from '../http-host/job-host.js'
import { sendEvents } from '../http-host/send-events.js'
import { serve } from '../http-host/serve.js'
import { isMain } from '../is-main.js'

const onError: ErrorRequestHandler = (error, _request, response, next) => {
  const answer = answerTo(error)
  if (answer === undefined) next(error)
  else response.status(answer.status).json(answer.body)
}

/** An application with the routes of the jobs. */
export function expressApplication(host: JobHost): Express {
  const app = express()
  app.use(express.json())
  app.post('/jobs/:name', async ({ params, body }, response) => {
    response.status(202).json(await host.start(params.name, body))
  })
  app.post('/executions/:id/stop', async ({ params }, response) => {
    response.status(202).json(await host.stop(params.id))
  })
  app.get('/executions/:id/events', async ({ params }, response) => {
    await sendEvents(response, await host.events(params.id))
  })
  app.use(onError)
  return app
}

/** Listens with Express. */
export async function listen(host: JobHost, port: number): Promise<HttpService> {
  const server = expressApplication(host).listen(port, '127.0.0.1')
  await once(server, 'listening')
  return { server, close: () => once(server.close(), 'close') }
}

if (isMain(import.meta.url)) await serve(listen)
