import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'

/** A service that an example calls, in the same process. */
export interface DemoService extends AsyncDisposable {
  /** With a slash at its end. */
  readonly url: string
}

/** Starts a service. `answer` gives the body, as JSON, and may set headers and the status. */
export async function startDemoService(
  answer: (url: URL, response: ServerResponse, request: IncomingMessage) => unknown,
): Promise<DemoService> {
  const server = createServer((request, response) => {
    response.setHeader('content-type', 'application/json')
    response.end(JSON.stringify(answer(new URL(request.url ?? '/', 'http://demo/'), response, request)))
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/`,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections()
      await new Promise((resolve) => server.close(resolve))
    },
  }
}
