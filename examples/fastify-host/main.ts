// Jobs behind HTTP, in Fastify: npx tsx examples/fastify-host/main.ts
// curl -d '{"campaign":"spring","sentAt":"2026-01-31","pace":20}' -H 'content-type: application/json' localhost:PORT/jobs/letters
// curl -N localhost:PORT/executions/1/events
import fastify, { type FastifyInstance } from 'fastify'
import { answerTo } from '../http-host/answer-to.js'
import type { HttpService } from '../http-host/http-service.js'
import type { JobHost } from '../http-host/job-host.js'
import { sendEvents } from '../http-host/send-events.js'
import { serve } from '../http-host/serve.js'
import { isMain } from '../is-main.js'

interface ById {
  readonly Params: { readonly id: string }
}

/** An application with the routes of the jobs. */
export function fastifyApplication(host: JobHost): FastifyInstance {
  const app = fastify()
  app.setErrorHandler((error, _request, reply) => {
    const answer = answerTo(error)
    return answer === undefined ? reply.send(error) : reply.code(answer.status).send(answer.body)
  })
  app.post<{ Params: { readonly name: string } }>('/jobs/:name', async ({ params, body }, reply) =>
    reply.code(202).send(await host.start(params.name, body)),
  )
  app.post<ById>('/executions/:id/stop', async ({ params }, reply) => reply.code(202).send(await host.stop(params.id)))
  app.get<ById>('/executions/:id/events', async ({ params }, reply) => {
    const events = await host.events(params.id)
    reply.hijack()
    await sendEvents(reply.raw, events)
  })
  return app
}

/** Listens with Fastify. */
export async function listen(host: JobHost, port: number): Promise<HttpService> {
  const app = fastifyApplication(host)
  await app.listen({ port, host: '127.0.0.1' })
  return { server: app.server, close: () => app.close() }
}

if (isMain(import.meta.url)) await serve(listen)
