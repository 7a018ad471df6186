import { once } from 'node:events'
import type { ServerResponse } from 'node:http'
import type { JobEvent } from './job-event.js'

/**
 * Answers with server-sent events, and ends the answer when they end. Resolves when that is done, or when the client has
 * gone away, of which `events` is told by its signal.
 */
export async function sendEvents(
  response: ServerResponse,
  events: (signal: AbortSignal) => AsyncIterable<JobEvent>,
): Promise<void> {
  // It has gone while the execution was looked for.
  if (response.closed) return
  const gone = new AbortController()
  response.once('close', () => gone.abort())
  // A proxy that gathers answers would keep them back.
  response.writeHead(200, {
    'content-type': 'text/event-stream',
    'cache-control': 'no-store',
    'x-accel-buffering': 'no',
  })
  response.flushHeaders()
  try {
    for await (const { event, data } of events(gone.signal)) {
      const fits = response.write(`event: ${event}\ndata: ${JSON.stringify(data)}\n\n`)
      if (!fits) await once(response, 'drain', { signal: gone.signal })
    }
    response.end()
  } catch {
    // The client has gone, or the database: whoever still listens connects again.
    response.destroy()
  }
}
