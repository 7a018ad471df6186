import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { ContextFormatError } from '../../src/domain/context-format-error.js'
import { deserializeContext, serializeContext } from '../../src/domain/context-json.js'
import { ExecutionContext } from '../../src/domain/execution-context.js'
import { JavaValue } from '../../src/domain/java-value.js'
import { InvalidOptionError } from '../../src/domain/option-error.js'

const read = (text: string): Record<string, unknown> => deserializeContext(text).toObject()
const write = (values: Record<string, unknown>): string => serializeContext(new ExecutionContext(values))

const text = fc.string({ unit: 'grapheme', maxLength: 20 })
const key = fc.oneof(text, fc.constantFrom('__proto__', 'constructor', 'toString', '0', 'a"b\\'))
const anyValue = fc.letrec<{ value: unknown; list: unknown[]; record: Record<string, unknown> }>((tie) => ({
  value: fc.oneof(
    { maxDepth: 4 },
    fc.constant(null),
    fc.boolean(),
    fc.double({ noNaN: true, noDefaultInfinity: true }).map((value) => value + 0),
    fc.maxSafeInteger(),
    fc.bigInt(),
    fc.date({ noInvalidDate: true }),
    text,
    fc.constantFrom('java.lang.Long', '[B', 'n5', '"5"', '\\', '{"a":1}', '@class'),
    tie('list'),
    tie('record'),
  ),
  list: fc.array(tie('value'), { maxLength: 4 }),
  record: fc
    .array(fc.tuple(fc.oneof(key, fc.constant('@class')), tie('value')), { maxLength: 4 })
    .map(Object.fromEntries),
})).value

describe('context JSON', () => {
  it('is what Jackson reads and writes', () => {
    const written = write({
      text: 'a',
      yes: true,
      int: 5,
      double: 1.5,
      wide: 5_000_000_000,
      nothing: null,
      long: 5n,
      huge: 2n ** 63n,
      at: new Date('2024-01-01'),
      late: new Date('+010000-01-01T00:00:00Z'),
      list: ['x', 1n],
      map: { a: { b: [] } },
    })
    expect(written).toBe(
      '{"text":"a","yes":true,"int":5,"double":1.5,"wide":5000000000,"nothing":null,"long":["java.lang.Long",5],' +
        '"huge":["java.math.BigInteger",9223372036854775808],"at":["java.util.Date","2024-01-01T00:00:00.000Z"],' +
        '"late":["java.util.Date",253402300800000],"list":["java.util.ArrayList",["x",["java.lang.Long",1]]],' +
        '"map":["java.util.LinkedHashMap",{"a":["java.util.LinkedHashMap",{"b":["java.util.ArrayList",[]]}]}]}',
    )
  })

  it('the classes of Java that hold the same come as bigints, objects and arrays', () => {
    const values = read(`{
      "long": ["java.lang.Long", 9223372036854775807],
      "big": ["java.math.BigInteger", -123456789012345678901234567890],
      "tree": ["java.util.TreeMap", {"a": ["java.util.HashSet", [1, 2]]}],
      "of": ["java.util.ImmutableCollections$List12", ["x"]],
      "listN": ["java.util.ImmutableCollections$ListN", []],
      "asList": ["java.util.Arrays$ArrayList", [["java.lang.Long", 1]]],
      "linked": ["java.util.LinkedList", [null]],
      "unmodifiable": ["java.util.Collections$UnmodifiableMap", {"a": true}],
      "date": ["java.util.Date", "2024-01-01T01:00:00.000+01:00"],
      "millis": ["java.util.Date", 1704067200000],
      "minusZero": -0.0
    }`)
    expect(values).toEqual({
      long: 9223372036854775807n,
      big: -123456789012345678901234567890n,
      tree: { a: [1, 2] },
      of: ['x'],
      listN: [],
      asList: [1n],
      linked: [null],
      unmodifiable: { a: true },
      date: new Date('2024-01-01'),
      millis: new Date('2024-01-01'),
      minusZero: 0,
    })
  })

  it('contexts of Spring Batch 5 name their classes in a property', () => {
    const values = read(
      '{"@class":"java.util.HashMap","n":["java.lang.Long",5],"m":{"@class":"java.util.TreeMap","a":1}}',
    )
    expect(values).toEqual({ n: 5n, m: { a: 1 } })
  })

  it('a list of the user that looks like a tagged value stays a list', () => {
    const values = { list: ['java.lang.Long', 5], map: { '@class': 'java.util.HashMap', a: 1 } }
    expect(write({ list: values.list })).toBe('{"list":["java.util.ArrayList",["java.lang.Long",5]]}')
    expect(read(write(values))).toEqual(values)
  })

  it('what has no counterpart is written as it was read', () => {
    const stored =
      '{"price":["java.math.BigDecimal",12345678901234567890.1200],"bytes":["[B","AQID"],' +
      '"user":["com.example.User",{"id":["java.lang.Long",9007199254740993],"tags":["java.util.ArrayList",["a"]]}],' +
      '"zone":["java.time.LocalDate",[2024,2,29]],"odd":["java.lang.Long","x"]}'
    const context = deserializeContext(stored)
    expect(context.get('price')).toBeInstanceOf(JavaValue)
    expect(context.get<JavaValue>('price')?.javaType).toBe('java.math.BigDecimal')
    expect(serializeContext(context)).toBe(stored)
    context.put('again', [context.get('price')])
    expect(serializeContext(context)).toContain(
      '["java.util.ArrayList",[["java.math.BigDecimal",12345678901234567890.1200]]]',
    )
  })

  it('a Java value holds JSON', () => {
    expect(() => new JavaValue('com.example.User', '{')).toThrow(InvalidOptionError)
  })

  it('keys of the engine are read', () => {
    expect(read('{"chunkwise.position":5}')).toEqual({ 'chunkwise.position': 5 })
    expect(deserializeContext('{"a":1}').isDirty).toBe(false)
  })

  it.each([
    ['', 'since it is not JSON'],
    ['{"a":', 'since it is not JSON'],
    ['{"a":01}', 'since it is not JSON'],
    ['[1]', 'since it is not a JSON object'],
    ['null', 'since it is not a JSON object'],
    ['{"a":"\\ud800"}', 'since a value in it cannot be kept'],
  ])('the text %s is refused', (stored, reason) => {
    expect(() => deserializeContext(stored)).toThrow(ContextFormatError)
    expect(() => deserializeContext(stored)).toThrow(reason)
  })

  it('a refusal shows the start of the text', () => {
    expect(() => deserializeContext(`{"secret" ${'x'.repeat(500)}`)).toThrow(/: "\{\\"secret\\" x+\.\.\.$/)
  })

  it('long strings with many escapes are read', () => {
    const long = '"\\\n'.repeat(500_000)
    expect(read(write({ long }))['long'] === long).toBe(true)
  })

  it('every context comes back as it was', () => {
    const contexts = fc.array(fc.tuple(key, anyValue), { maxLength: 5 })
    fc.assert(
      fc.property(contexts, (entries) => {
        const context = new ExecutionContext(Object.fromEntries(entries))
        const back = deserializeContext(serializeContext(context))
        expect(back.toObject()).toEqual(context.toObject())
        expect(serializeContext(back)).toBe(serializeContext(context))
      }),
      { numRuns: 500 },
    )
  })
})
