import fc from 'fast-check'
import pg from 'pg'
import { describe, expect, test } from 'vitest'
import { instantText } from '../../../src/sql/postgres/decode-date.js'
import { chooseDecoder, declaredDecoder, hostDecoder } from '../../../src/sql/postgres/decode.js'
import { RowDecoder } from '../../../src/sql/row-decoder.js'
import { encodeInstant, localText } from '../../../src/sql/postgres/encode-date.js'

const TIMESTAMPTZ = 1184
const TIMESTAMP = 1114
const DATE = 1082
const client = {
  getTypeParser: (typeId: number) => pg.types.getTypeParser(typeId, 'text') as (text: string) => unknown,
}
const two = (number: number): string => String(number).padStart(2, '0')

const day = fc
  .date({ min: new Date('0000-01-01'), max: new Date('9999-12-31'), noInvalidDate: true })
  .map((date) => date.toISOString().slice(0, 10).padStart(10, '0'))
  .filter((text) => text >= '0001')
const clock = fc
  .tuple(fc.integer({ min: 0, max: 23 }), fc.integer({ min: 0, max: 59 }), fc.integer({ min: 0, max: 59 }))
  .map((parts) => parts.map(two).join(':'))
const fraction = fc.oneof(
  fc.constant(''),
  fc.integer({ min: 1, max: 999_999 }).map((micros) => `.${String(micros).padStart(6, '0').replace(/0+$/, '')}`),
)
const zone = fc.constantFrom('+00', '-03', '+05:30', '-00:44:30', '+14', '+00:53:28')

describe('decoding as the driver does', () => {
  test('timestamptz', () => {
    fc.assert(
      fc.property(day, clock, fraction, zone, (d, c, f, z) => {
        const text = `${d} ${c}${f}${z}`
        expect(hostDecoder(TIMESTAMPTZ, client)(text)).toEqual(client.getTypeParser(TIMESTAMPTZ)(text))
      }),
      { numRuns: 2000 },
    )
  })

  test('timestamp and date', () => {
    fc.assert(
      fc.property(day, clock, fraction, (d, c, f) => {
        expect(hostDecoder(TIMESTAMP, client)(`${d} ${c}${f}`)).toEqual(
          client.getTypeParser(TIMESTAMP)(`${d} ${c}${f}`),
        )
        expect(hostDecoder(DATE, client)(d)).toEqual(client.getTypeParser(DATE)(d))
      }),
      { numRuns: 1000 },
    )
  })

  test.each([
    [TIMESTAMPTZ, 'infinity'],
    [TIMESTAMPTZ, '0044-03-15 12:00:00+00 BC'],
    [TIMESTAMPTZ, '12024-03-15 12:00:00+00'],
    [TIMESTAMP, '-infinity'],
    [TIMESTAMP, '0044-03-15 12:00:00'],
    [DATE, '0044-03-15'],
    [DATE, '0044-03-15 BC'],
    [DATE, 'infinity'],
    [20, '-9223372036854775808'],
    [23, '-2147483648'],
    [21, '7'],
    [16, 't'],
    [16, 'f'],
    [701, '-0'],
    [701, 'NaN'],
    [701, '1.7976931348623157e+308'],
    [1700, '12345678901234567890.000'],
    [17, '\\x00ff'],
    [3802, '{"a":[1,null]}'],
    [1007, '{1,NULL,3}'],
  ])('type %i: %s', (typeId, text) => {
    expect(hostDecoder(typeId, client)(text)).toEqual(client.getTypeParser(typeId)(text))
  })

  test("the host's own parser is honoured", () => {
    const own = { getTypeParser: () => (text: string) => `own ${text}` }
    expect(hostDecoder(TIMESTAMPTZ, own)('2024-01-01 00:00:00+00')).toBe('own 2024-01-01 00:00:00+00')
    expect(hostDecoder(20, { getTypeParser: () => BigInt })('5')).toBe(5n)
  })

  test('a declared type is read as it says', () => {
    expect(declaredDecoder('bigint', 20)('9007199254740993')).toBe(9007199254740993n)
    expect(declaredDecoder('number', 1700)('1.5')).toBe(1.5)
    expect(declaredDecoder('string', 23)('7')).toBe('7')
    expect(declaredDecoder('json', 25)('[1]')).toEqual([1])
    expect(declaredDecoder('date', TIMESTAMPTZ)('2024-01-01 00:00:00+02')).toEqual(new Date('2023-12-31T22:00:00Z'))
  })
})

describe('the text of an instant', () => {
  test.each([
    ['2024-02-29 10:00:00.1234+02', '2024-02-29T08:00:00.123400Z'],
    ['1969-12-31 23:59:59.999999+00', '1969-12-31T23:59:59.999999Z'],
    ['2024-02-29 10:00:00+05:30', '2024-02-29T04:30:00.000000Z'],
    ['infinity', 'infinity'],
  ])('%s is %s in every time zone', (text, instant) => {
    expect(instantText(text)).toBe(instant)
  })
})

describe('rows as items', () => {
  const fields = [
    { name: 'user_name', typeId: 25 },
    { name: '__proto__', typeId: 25 },
  ]

  test('a column __proto__ is a property like any other', () => {
    const [item] = new RowDecoder('R', fields, chooseDecoder(client), { naming: undefined, types: {} }).decode(
      [['a', 'b']],
      0,
      1,
    )
    expect(Object.getPrototypeOf(item)).toBe(Object.prototype)
    expect(Object.entries(item as object)).toEqual([
      ['user_name', 'a'],
      ['__proto__', 'b'],
    ])
  })

  test('two columns of one property are an error that names them', () => {
    const twice = [...fields, { name: 'userName', typeId: 25 }]
    expect(() => new RowDecoder('R', twice, chooseDecoder(client), { naming: 'camelCase', types: {} })).toThrow(
      /user_name, userName/,
    )
  })

  test('a type for a property that is not there is an error with the nearest', () => {
    const types = { userNam: 'string' } as const
    expect(() => new RowDecoder('R', fields, chooseDecoder(client), { naming: 'camelCase', types })).toThrow(
      /"userName"/,
    )
  })

  test('a value that cannot be decoded names its column', () => {
    const decoder = new RowDecoder('R', fields, chooseDecoder(client), {
      naming: undefined,
      types: { user_name: 'bigint' },
    })
    expect(() => decoder.decode([['x', null]], 0, 1)).toThrow(/"user_name" cannot be read: "x"/)
  })
})

describe('encoding dates', () => {
  test('an instant is written in UTC to the millisecond', () => {
    fc.assert(
      fc.property(
        fc.date({ min: new Date('0001-01-01'), max: new Date('9999-12-31'), noInvalidDate: true }),
        (date) => {
          expect(declaredDecoder('date', TIMESTAMPTZ)(encodeInstant(date))).toEqual(date)
        },
      ),
    )
  })

  test('a date is written as the driver writes it', () => {
    fc.assert(
      fc.property(
        fc.date({ min: new Date('1990-01-01'), max: new Date('2100-12-31'), noInvalidDate: true }),
        (date) => {
          expect(new Date(localText(date).replace(' ', 'T'))).toEqual(date)
        },
      ),
    )
  })

  test('an invalid date is text that no column takes', () => {
    expect(encodeInstant(new Date(NaN))).toBe('Invalid Date')
  })
})
