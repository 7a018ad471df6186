import { sendJson, TestServer } from '../item/http/test-server.js'
import { ROWS } from './copy-database.js'

/** No multiple of a chunk's size, nor the other way round: restarts come in the middle of pages. */
const PAGE = 150

/** A service with the rows of `source`, page by page. */
export function rowService(): Promise<TestServer> {
  return TestServer.start(({ url }, response) => {
    const after = Number(url.searchParams.get('after') ?? 0)
    const rows = Array.from({ length: Math.min(PAGE, ROWS - after) }, (_, index) => {
      const id = after + index + 1
      return { id, payload: `row ${id}` }
    })
    const next = after + PAGE < ROWS ? { next: after + PAGE } : {}
    sendJson(response, { rows, ...next })
  })
}
