import { expect, it } from 'vitest'
import fc from 'fast-check'
import { searchWrites } from '../../../src/step/fault/write-search.js'

/** Searches among `size` items of which some are bad; answers what it did. */
async function search(size: number, bad: ReadonlySet<number>, undone = true) {
  const written: number[] = []
  const refused: number[] = []
  let probes = 0
  await searchWrites({
    size,
    undone,
    async probe(from, to) {
      probes++
      const range = Array.from({ length: to - from }, (_, index) => from + index)
      if (range.some((index) => bad.has(index))) return { error: new Error(`${from} to ${to}`) }
      written.push(...range)
      return undefined
    },
    refuse: (index) => refused.push(index),
  })
  return { written, refused, probes }
}

it('a search writes every good item once, in order, and refuses every bad one, in order', async () => {
  const property = fc.asyncProperty(
    fc.integer({ min: 1, max: 70 }),
    fc.array(fc.nat(69), { maxLength: 70 }),
    fc.boolean(),
    async (size, some, undone) => {
      const bad = new Set(some.filter((index) => index < size))
      const all = Array.from({ length: size }, (_, index) => index)
      const { written, refused } = await search(size, bad, undone)
      expect(written).toEqual(all.filter((index) => !bad.has(index)))
      expect(refused).toEqual(all.filter((index) => bad.has(index)))
    },
  )
  await fc.assert(property)
})

it('a search for one bad item among n makes at most log2(n) + 2 probes, rounded up', async () => {
  for (const size of [2, 3, 10, 100, 399, 400, 1_000]) {
    const most = Math.ceil(Math.log2(size)) + 2
    for (let at = 0; at < size; at += Math.ceil(size / 37)) {
      expect((await search(size, new Set([at]))).probes).toBeLessThanOrEqual(most)
    }
  }
})

it('a search among n items of which many are bad makes at most 2·n probes, and those that find the first', async () => {
  const size = 400
  for (const each of [1, 2, 3, 10]) {
    const bad = new Set(Array.from({ length: size }, (_, index) => index).filter((index) => index % each === 0))
    expect((await search(size, bad)).probes).toBeLessThanOrEqual(2 * size + Math.log2(size) + 2)
  }
})

it('what cannot be undone is written one by one', async () => {
  expect(await search(5, new Set([2]), false)).toEqual({ written: [0, 1, 3, 4], refused: [2], probes: 5 })
})

it('an item that waits for one behind it gets another chance', async () => {
  const written = new Set<number>()
  const refused = new Set<number>()
  // 1 needs 4, 4 needs 6, 2 is bad.
  const needs = new Map([
    [1, 4],
    [4, 6],
  ])
  await searchWrites({
    size: 8,
    undone: true,
    async probe(from, to) {
      const range = Array.from({ length: to - from }, (_, index) => from + index)
      const has = (index: number) => written.has(index) || range.includes(index)
      if (range.some((index) => index === 2 || !has(needs.get(index) ?? index))) return { error: 'no' }
      for (const index of range) written.add(index)
      return undefined
    },
    refuse: (index) => void refused.add(index),
    accept: (index) => void refused.delete(index),
  })
  expect([...refused]).toEqual([2])
  expect([...written].toSorted((a, b) => a - b)).toEqual([0, 1, 3, 4, 5, 6, 7])
})
