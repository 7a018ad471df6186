import fastify from 'fastify'
import { answerTo, type Jobs, type Service } from './jobs.js'

export async function listen(jobs: Jobs): Promise<Service> {
  // A connection that a client has opened ahead would keep the end waiting for a minute.
  const app = fastify({ forceCloseConnections: true })
  app.setErrorHandler((error, _request, reply) => {
    const { status, body } = answerTo(error)
    return reply.code(status).send(body)
  })
  app.post<{ Params: { name: string } }>('/jobs/:name', async ({ params, body }, reply) =>
    reply.code(202).send(await jobs.start(params.name, body)),
  )
  app.get<{ Params: { id: number } }>('/executions/:id/result', ({ params }) => jobs.result(Number(params.id)))
  const url = await app.listen({ port: 0, host: '127.0.0.1' })
  return { url, close: () => app.close() }
}
