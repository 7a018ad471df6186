// Runs in a process of its own: it must end by itself, and leave the host alone.
import { chunkStep, job, JobOperator, MemoryJobRepository, PoolTaskExecutor } from '../../src/index.js'

const listeners = () => process.eventNames().map((name) => `${String(name)} ${process.listenerCount(name)}`)
const before = JSON.stringify(listeners())
const operator = new JobOperator({ repository: new MemoryJobRepository() })
const step = chunkStep('copy', {
  chunkSize: 2,
  reader: [1, 2, 3],
  processor: async (item) => item,
  writer: () => undefined,
  taskExecutor: new PoolTaskExecutor({ corePoolSize: 2 }),
})
const { status } = await operator.run(job('host').start(step).build())
if (process.argv[2] === 'close') await operator.close()
const resources = process.getActiveResourcesInfo().filter((name) => name === 'Timeout')
console.log(JSON.stringify({ status, listeners: JSON.stringify(listeners()) === before, timers: resources.length }))
