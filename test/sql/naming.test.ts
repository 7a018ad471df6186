import { describe, expect, test } from 'vitest'
import { propertyName, toCamelCase } from '../../src/sql/naming.js'

describe('naming', () => {
  test.each([
    ['user_name', 'userName'],
    ['a', 'a'],
    ['address_1', 'address1'],
    ['address1', 'address1'],
    ['_id', '_id'],
    ['a__b', 'aB'],
    ['is_utc_2', 'isUtc2'],
    ['userName', 'userName'],
    ['trailing_', 'trailing_'],
    ['straße_ä', 'straßeÄ'],
  ])('the column %s is the property %s in camel case', (column, property) => {
    expect(toCamelCase(column)).toBe(property)
  })

  test('without a naming a property is named as its column', () => {
    expect(propertyName('user_name', undefined)).toBe('user_name')
  })
})
