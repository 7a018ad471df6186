import { expect, it } from 'vitest'
import { nearest } from '../../src/support/nearest.js'

it('the closest name is found, whatever its capitals', () => {
  expect(nearest('pagesize', ['chunkSize', 'pageSize', 'page'])).toBe('pageSize')
  expect(nearest('befor', ['before', 'after'])).toBe('before')
})

it('a name that is far from all has no nearest', () => {
  expect(nearest('colour', ['before', 'after'])).toBeUndefined()
  expect(nearest('x', [])).toBeUndefined()
})

it('a third of the letters may differ, no more', () => {
  expect(nearest('abcdxx', ['abcdef'])).toBe('abcdef')
  expect(nearest('abcxxx', ['abcdef'])).toBeUndefined()
})
