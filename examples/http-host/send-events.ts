import { once } from 'node:events'
import type { ServerResponse } from 'node:http'
import type { JobEvent } from './job-event.js'

/**
 * Answers with server-sent events, and ends the answer when they end. Resolves when that is done, or when the client has
 * gone away: `over` is aborted then.
 */
export async function sendEvents(
  response: ServerResponse,
  events: (over: AbortController) => AsyncIterable<JobEvent>,
): Promise<void> {
  // It has gone while the execution was looked for.
  if (response.closed) return
  const over = new AbortController()
  response.once('close', () => over.abort())
  // A proxy that gathers answers would keep them back.
  const headers = { 'content-type': 'text/event-stream', 'cache-control': 'no-store', 'x-accel-buffering': 'no' }
  response.writeHead(200, headers).flushHeaders()
  try {
    for await (const { event, data } of events(over)) {
      const fits = response.write(`event: ${event}\ndata: ${JSON.stringify(data)}\n\n`)
      if (!fits) await once(response, 'drain', { signal: over.signal })
    }
    response.end()
  } catch (error) {
    const isOver = over.signal.aborted
    // Nothing can be said any more: who still listens connects again.
    response.destroy()
    if (!isOver) throw error
  }
}
