import { describe, expect, it } from 'vitest'
import { parameterFromText, parameterToText } from '../../src/domain/java-parameter.js'
import { identifyingText, jobKey } from '../../src/domain/job-key.js'
import type { JobParameters } from '../../src/domain/job-parameters.js'
import type { ParameterShape } from '../../src/domain/parameter-shape.js'
import { resolveParameters } from '../../src/domain/resolve-parameters.js'

const keyOf = (shape: ParameterShape, input: object): string => jobKey(resolveParameters('job', shape, input))

describe('jobKey', () => {
  it('no identifying parameter gives the key of the empty text', () => {
    expect(keyOf({}, {})).toBe('d41d8cd98f00b204e9800998ecf8427e')
    const shape: ParameterShape = { note: { type: 'string', identifying: false } }
    expect(keyOf(shape, { note: 'x' })).toBe('d41d8cd98f00b204e9800998ecf8427e')
  })

  it('keys are those of Spring Batch 6', () => {
    expect(keyOf({ name: 'string' }, { name: 'foo' })).toBe('e67c91b540ae6eedc616d31e3bfd0604')
    expect(keyOf({ 'run.id': 'long' }, { 'run.id': 1 })).toBe('c10c24e08259063ee40f28b6aa617f12')
    expect(keyOf({ dt: 'date' }, { dt: new Date(0) })).toBe('954fcaba39eab98dd01b5485f0d6e301')
    const shape = { z: 'string', ldt: 'localDateTime', ld: 'localDate', d: 'double' } as const
    const input = { d: 1, ld: '2024-02-29', ldt: '2024-02-29T10:00', z: 'é' }
    expect(keyOf(shape, input)).toBe('02c7ab45e9ec4f983c81f09cabea72da')
  })

  it('another spelling of a local time names the same instance', () => {
    const shape = { at: 'localDateTime' } as const
    expect(keyOf(shape, { at: '2024-02-29T10:00:00.0' })).toBe(keyOf(shape, { at: '2024-02-29T10:00' }))
  })

  it('the order in which parameters are declared does not matter, and capitals come first', () => {
    const parameters = resolveParameters('job', { b: 'long', a: 'boolean', Z: 'bigint' }, { a: true, b: 2, Z: 3n })
    expect(identifyingText(parameters)).toBe(
      "JobParameter{name='Z', value=3, type=class java.math.BigInteger, identifying=true}" +
        "JobParameter{name='a', value=true, type=class java.lang.Boolean, identifying=true}" +
        "JobParameter{name='b', value=2, type=class java.lang.Long, identifying=true}",
    )
  })

  it('parameters that were stored and read give the key they were stored with', () => {
    const types = {
      s: 'string',
      n: 'long',
      i: 'bigint',
      d: 'double',
      b: 'boolean',
      t: 'date',
      ld: 'localDate',
      ldt: 'localDateTime',
      lt: 'localTime',
    } as const
    const given = resolveParameters('job', types, {
      s: 'a=b',
      n: -7,
      i: 10n ** 30n,
      d: 0.1,
      b: false,
      t: new Date('2024-01-01T00:00:00.123Z'),
      ld: '2024-02-29',
      ldt: '2024-02-29T10:00:01',
      lt: '10:00:00.5',
    })
    expect(jobKey(stored(given))).toBe(jobKey(given))
  })

  it('the class of a parameter that a Java job stored stays in the key', () => {
    const parameters: JobParameters = new Map([
      ['big', parameterFromText('java.lang.Long', '9223372036854775807', true)],
      ['zone', parameterFromText('java.time.ZonedDateTime', '2024-01-01T00:00Z', true)],
    ])
    expect(identifyingText(parameters)).toBe(
      "JobParameter{name='big', value=9223372036854775807, type=class java.lang.Long, identifying=true}" +
        "JobParameter{name='zone', value=2024-01-01T00:00Z, type=class java.time.ZonedDateTime, identifying=true}",
    )
  })
})

function stored(parameters: JobParameters): JobParameters {
  const javaTypes: Record<string, string> = {
    string: 'java.lang.String',
    long: 'java.lang.Long',
    bigint: 'java.math.BigInteger',
    double: 'java.lang.Double',
    boolean: 'java.lang.Boolean',
    date: 'java.util.Date',
    localDate: 'java.time.LocalDate',
    localDateTime: 'java.time.LocalDateTime',
    localTime: 'java.time.LocalTime',
  }
  return new Map(
    [...parameters].map(([name, parameter]) => [
      name,
      parameterFromText(javaTypes[parameter.type] ?? '', parameterToText(parameter), parameter.identifying),
    ]),
  )
}
