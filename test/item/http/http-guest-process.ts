// A process of its own that has used a client: it must end by itself. node http-guest-process.ts <service URL> [close]
import { HttpClient } from '../../../src/http.js'

const [serviceUrl = '', how] = process.argv.slice(2)
const client = new HttpClient({ baseUrl: serviceUrl, rateLimit: { requests: 1, per: '1h' } })
const { status } = await client.request({ url: 'quick' })
if (how === 'close') {
  // One is under way or waits, for the rate limit, when the client is closed.
  const waiting = client.request({ url: 'slow' }).catch((error: Error) => error.name)
  await client.close()
  console.log(status, await waiting)
} else console.log(status)
