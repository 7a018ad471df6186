import { describe, expect, test } from 'vitest'
import { Bag, type Member } from '../../src/support/bag.js'

interface Named extends Member {
  readonly name: string
}

function named(name: string): Named {
  return { name, place: -1 }
}

function names(bag: Bag<Named>): string[] {
  return bag.members.map(({ name }) => name).toSorted()
}

describe('Bag', () => {
  test('holds what was added and not deleted, whichever goes first', () => {
    for (const order of ['abc', 'acb', 'bac', 'bca', 'cab', 'cba']) {
      const bag = new Bag<Named>()
      const members = new Map(['a', 'b', 'c'].map((name) => [name, named(name)]))
      for (const member of members.values()) bag.add(member)
      const left = new Set('abc')
      for (const name of order) {
        expect(bag.delete(members.get(name) as Named)).toBe(true)
        left.delete(name)
        expect(names(bag)).toEqual([...left])
        expect(bag.size).toBe(left.size)
      }
    }
  })

  test('deletes a member once, may take it again, and knows its own from those of others', () => {
    const [bag, other] = [new Bag<Named>(), new Bag<Named>()]
    const [a, b] = [named('a'), named('b')]
    bag.add(a)
    other.add(b)
    expect(bag.delete(b)).toBe(false)
    expect(bag.delete(a)).toBe(true)
    expect(bag.delete(a)).toBe(false)
    bag.add(a)
    expect(names(bag)).toEqual(['a'])
    expect(names(other)).toEqual(['b'])
  })

  test('members is an array of its own', () => {
    const bag = new Bag<Named>()
    bag.add(named('a'))
    for (const member of bag.members) bag.delete(member)
    expect(bag.size).toBe(0)
  })
})
