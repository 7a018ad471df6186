// A service that answers a given time after a request has come, in a process of its own: by its path `/item` and `/close`
// after 5 ms, `/now` at once; `/close` does not keep its connection. Prints its address; says how late it was when it is
// asked for `/late`; ends with its standard input. It speaks just enough HTTP, so that not the service is what is measured.
import { type AddressInfo, createServer, type Socket } from 'node:net'
import { answerAfter, lateness } from './due-answers.js'

const BODY = '{"name":"Ada","city":"London"}'

function answer(body: string, more = ''): string {
  const head = `HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: ${body.length}\r\n${more}\r\n`
  return head + body
}

const KEPT = answer(BODY)
const CLOSED = answer(BODY, 'connection: close\r\n')

function reply(socket: Socket, path: string): void {
  if (path.startsWith('/late')) socket.write(answer(JSON.stringify(lateness())))
  else if (path.startsWith('/now')) socket.write(KEPT)
  else if (path.startsWith('/close')) answerAfter(5, () => socket.end(CLOSED))
  else answerAfter(5, () => socket.write(KEPT))
}

/** The length of the first whole request; 0 where its end is still to come. */
function lengthOf(text: string): number {
  const end = text.indexOf('\r\n\r\n')
  if (end < 0) return 0
  const body = /\r\ncontent-length: (\d+)/i.exec(text.slice(0, end))
  const length = end + 4 + Number(body?.[1] ?? 0)
  return text.length < length ? 0 : length
}

const server = createServer((socket) => {
  let text = ''
  socket.setNoDelay(true).setEncoding('latin1')
  // A client that goes away is no matter of the service's.
  socket.on('error', () => socket.destroy())
  socket.on('data', (part: string) => {
    text += part
    for (let length = lengthOf(text); length > 0; length = lengthOf(text)) {
      reply(socket, text.slice(text.indexOf(' ') + 1, text.indexOf(' ') + 8))
      text = text.slice(length)
    }
  })
})
server.listen(0, '127.0.0.1', () => console.log(`http://127.0.0.1:${(server.address() as AddressInfo).port}/`))
process.stdin.on('close', () => process.exit()).resume()
