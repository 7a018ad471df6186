import { describe, expect, it, test } from 'vitest'
import { itemReaderContract } from '../../../src/testing.js'
import { pluggedContext } from './http-context.js'
import { ORDERS, pagedService, STRATEGIES } from './paged-service.js'

for (const name of Object.keys(STRATEGIES)) {
  for (const prefetch of [true, false]) {
    itemReaderContract(
      { describe, it },
      {
        name: `HttpPagingItemReader by ${name}, ${prefetch ? 'reading ahead' : 'page by page'}`,
        create: () => pagedService(name, prefetch),
      },
    )
  }
}

describe('HttpPagingItemReader', () => {
  test.each(Object.keys(STRATEGIES))(
    'by %s it keeps the total, and a position that names the next page',
    async (name) => {
      const service = await pagedService(name, false)
      const reader = service.reader()
      const context = pluggedContext()
      await reader.open(undefined, context)
      expect(reader.total()).toBeUndefined()
      const items = [...(await reader.readChunk(100, context))]
      expect(reader.total()).toBe(23)
      expect(reader.position()).toMatchObject({ index: 0 })
      for (
        let page = await reader.readChunk(100, context);
        page.length > 0;
        page = await reader.readChunk(100, context)
      ) {
        items.push(...page)
      }
      expect(items).toEqual(ORDERS)
      expect(reader.position()).toEqual({ end: true })
      await reader.close()
      await service.dispose()
    },
  )
})
