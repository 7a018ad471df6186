import { expect, it } from 'vitest'
import { describeParameters } from '../../src/domain/describe-parameters.js'

it('parameters are described as data, and what is secret is masked', () => {
  const described = describeParameters('job("x").parameters', {
    day: 'localDate',
    region: { type: 'string', oneOf: ['EU', 'US'], default: 'EU', env: 'REGION' },
    pin: { type: 'string', secret: true, oneOf: ['hunter2'], default: 'hunter2' },
  })
  const plain = { required: false, identifying: true, secret: false }
  expect(described).toEqual([
    { ...plain, name: 'day', type: 'localDate', required: true },
    { ...plain, name: 'region', type: 'string', oneOf: ['EU', 'US'], default: 'EU', env: 'REGION' },
    { ...plain, name: 'pin', type: 'string', identifying: false, secret: true, oneOf: ['***'], default: '***' },
  ])
})
