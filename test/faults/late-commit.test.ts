import { beforeAll, describe, expect, test } from 'vitest'
import { builtPackage } from '../restart/built-package.js'
import { CHUNK_SIZE, expectExactlyOnce } from '../restart/copy-database.js'
import { EVERYWHERE } from '../restart/everywhere.js'
import { runWorker, startWorker } from '../restart/supervisor.js'
import { type Link, Proxy } from './proxy.js'

beforeAll(builtPackage, 120_000)

describe.each(EVERYWHERE)('$on, $name', ({ order, copyDatabase }) => {
  const whole = { ...order, chunkSize: CHUNK_SIZE }

  test('a COMMIT of a dead process that reaches the server behind the work of its successor commits nothing', async () => {
    const database = await copyDatabase()
    await using proxy = await Proxy.open(database.url)
    const worker = startWorker({ ...whole, url: proxy.url })
    let writing: Link | undefined
    let writes = 0
    const successor = new Promise((resolve, reject) => {
      proxy.reset(({ text, link }) => {
        if (/^insert into .?target/i.test(text) && ++writes === 4) writing = link
        if (link !== writing || !/commit$/i.test(text)) return 'pass'
        worker.signal('SIGKILL')
        const completed = worker.ended.then(() => runWorker({ ...whole, url: database.url }))
        completed.then(resolve, reject)
        return completed.then(() => 'swallow')
      })
    })
    expect((await worker.ended).killed).toBe(true)
    await successor
    await writing?.ended
    await expectExactlyOnce(database.pool(), whole)
  })
})
