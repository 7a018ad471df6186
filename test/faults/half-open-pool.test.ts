import { expect, test } from 'vitest'
import { HOSTS } from './hosts.js'
import { Proxy } from './proxy.js'

test.each(HOSTS)(
  'whoever waits for the pool gets the place of a half-open connection that is destroyed between two statements ($on)',
  async ({ copyDatabase, open }) => {
    const database = await copyDatabase()
    await using proxy = await Proxy.open(database.url)
    const { manager, places, close } = open(proxy.url, 1)
    const transaction = await manager.begin()
    await transaction.begin()
    const waiting = manager.begin()
    for (const link of proxy.links) link.freeze()
    // As a timeout does. Nothing is under way that could fail, and the other side never says that it has heard.
    transaction.destroy()
    const next = await waiting
    await next.begin()
    await next.rollback()
    expect(places().all).toBe(1)
    await close()
  },
)
