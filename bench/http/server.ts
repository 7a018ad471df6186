// A service that takes 5 ms for each call, in a process of its own. Prints its address; ends with its standard input.
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'

const BODY = '{"name":"Ada","city":"London"}'

const server = createServer((request, response) => {
  // With `/close` the connection is not kept.
  const close = request.url?.startsWith('/close') === true ? { connection: 'close' } : {}
  request.resume()
  setTimeout(() => response.writeHead(200, { 'content-type': 'application/json', ...close }).end(BODY), 5)
})
server.keepAliveTimeout = 60_000
server.listen(0, '127.0.0.1', () => console.log(`http://127.0.0.1:${(server.address() as AddressInfo).port}/`))
process.stdin.on('close', () => process.exit()).resume()
