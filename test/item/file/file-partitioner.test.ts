import { mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join, relative } from 'node:path'
import { chunkStep, MemoryJobRepository, type Partition, partitionStep } from 'chunkwise'
import { filePartitioner, type FilePartitionerOptions } from 'chunkwise/file'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { readContext } from '../database/plug-context.js'
import { Bench } from '../../step/partition/partition-bench.js'

let directory: string

beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'file-partitioner-'))
  for (const name of ['b.csv', 'a.csv', 'ü ber.csv', 'note.txt']) await writeFile(join(directory, name), name)
  await mkdir(join(directory, 'folder.csv'))
  await symlink(join(directory, 'a.csv'), join(directory, 'link.csv'))
})
afterAll(() => rm(directory, { recursive: true }))

const find = async (options: FilePartitionerOptions, stepName = 'load') => {
  const context = readContext()
  const given = { ...context, stepExecution: { ...context.stepExecution, stepName } }
  return (await filePartitioner(options).partition(2, given as never)) as Partition[]
}

describe('filePartitioner', () => {
  it('makes a partition of each file of a directory that fits the pattern, in the order of the names', async () => {
    expect(await find({ directory, pattern: '*.csv' })).toEqual([
      { name: '1-a.csv', context: { file: join(directory, 'a.csv') } },
      { name: '2-b.csv', context: { file: join(directory, 'b.csv') } },
      { name: '3-link.csv', context: { file: join(directory, 'link.csv') } },
      { name: '4-__ber.csv', context: { file: join(directory, 'ü ber.csv') } },
    ])
    expect(await find({ directory, pattern: '?.csv' })).toHaveLength(2)
    expect(await find({ directory })).toHaveLength(5)
    expect(await find({ directory, pattern: '*.xml' })).toEqual([])
  })

  it('makes a partition of each file that is named, in that order, with its absolute path', async () => {
    const files = ['b.csv', 'a.csv'].map((name) => relative('.', join(directory, name)))
    expect(await find({ files })).toEqual([
      { name: '1-b.csv', context: { file: join(directory, 'b.csv') } },
      { name: '2-a.csv', context: { file: join(directory, 'a.csv') } },
    ])
  })

  it('cuts names to what a step execution can be called', async () => {
    const stepName = 'x'.repeat(90)
    expect((await find({ directory, pattern: 'note.txt' }, stepName)).map(({ name }) => name)).toEqual(['1-note.tx'])
  })

  it('fails for what is not there, by name', async () => {
    const missing = join(directory, 'missing')
    const error = { code: 'BATCH_PARTITION_FILE', path: missing, cause: { code: 'ENOENT' } }
    await expect(find({ directory: missing })).rejects.toMatchObject(error)
    await expect(find({ files: [missing] })).rejects.toMatchObject(error)
    await expect(find({ files: [join(directory, 'folder.csv')] })).rejects.toThrow('folder.csv" is not a file')
  })

  it.each<[string, object, string]>([
    ['nothing', {}, 'directory'],
    ['both', { directory: 'd', files: [] }, 'directory'],
    ['a pattern for named files', { files: ['a'], pattern: '*' }, 'pattern'],
    ['a file twice', { files: ['a', './a'] }, 'files[1]'],
    ['a file without a name', { files: [''] }, 'files[0]'],
    ['files that are no list', { files: 'a' }, 'files'],
    ['an unknown option', { directory: 'd', glob: '*' }, 'glob'],
  ])('refuses %s', (_what, options, option) => {
    expect(() => filePartitioner(options)).toThrow(
      expect.objectContaining({ code: 'BATCH_INVALID_OPTION', option: `filePartitioner.${option}` }),
    )
  })

  it('has its files remembered: a restart reads those that were there, whatever is there then', async () => {
    const incoming = await mkdtemp(join(directory, 'incoming-'))
    await writeFile(join(incoming, '1.txt'), 'one')
    const read: string[] = []
    let fails = true
    const step = chunkStep('readFile', {
      chunkSize: 1,
      reader: ({ executionContext }) => [executionContext.get<string>('file') ?? ''],
      writer: async ([file = '']: readonly string[]) => {
        if (fails) throw new Error('told to')
        read.push(file)
      },
    })
    const bench = new Bench(new MemoryJobRepository())
    const load = partitionStep('load', { partitioner: filePartitioner({ directory: incoming }), step })
    expect((await bench.run(load)).status).toBe('FAILED')
    await writeFile(join(incoming, '0.txt'), 'late')
    fails = false
    expect((await bench.run(load)).status).toBe('COMPLETED')
    expect(read).toEqual([join(incoming, '1.txt')])
  })
})
